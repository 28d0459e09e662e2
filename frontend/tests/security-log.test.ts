import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { metrics } from "../src/server/http/metrics.ts";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";

let site: Site;
let written: string[];

beforeEach(async () => {
  site = await createSite();
  written = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

type Line = Record<string, unknown>;

/** What the log says of security, without the rest. */
const told = (event: string): Line[] =>
  written.map((line): Line => JSON.parse(line)).filter((line) => line.event === event);

describe("the log of security", () => {
  test("sign-up, sign-in and sign-out are told with the user", async () => {
    await site.signUp(EMAIL);
    const cookie = cookiesOf(await site.signIn(EMAIL));
    await site.post("/sign-out", {}, cookie);
    const user = site.database.prepare("SELECT id FROM user").get()?.id;
    for (const event of ["sign_up", "sign_in", "sign_out"]) {
      expect(told(event)).toEqual([
        expect.objectContaining({ level: "info", outcome: "success", status: 200, user }),
      ]);
      expect(told(event)[0]).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/) });
    }
  });

  test("a failed sign-in names the account by a keyed hash, the address and the outcome", async () => {
    await site.signUp(EMAIL);
    const wrong = { email: EMAIL.toUpperCase(), password: "not the password" };
    await site.post("/sign-in/email", wrong, "", "192.0.2.7");
    await site.post("/sign-in/email", { ...wrong, email: "eve@example.com" }, "", "192.0.2.8");
    const [known, unknown] = told("sign_in");
    expect(known).toMatchObject({
      level: "warn",
      outcome: "failure",
      status: 401,
      code: "INVALID_EMAIL_OR_PASSWORD",
      account: told("sign_up")[0]?.account,
      client: "192.0.2.7",
    });
    expect(unknown).toMatchObject({ client: "192.0.2.8", account: expect.any(String) });
    expect(unknown?.account).not.toBe(known?.account);
  });

  test("a renewal is a fault of ours without the database, a stranger's is none", async () => {
    const counted: string[] = [];
    metrics.count = (event, outcome) => counted.push(`${event} ${outcome}`);
    const cookie = cookiesOf(await site.signUp(EMAIL));
    counted.length = 0;
    await site.get("/gatepass/token", cookie);
    await site.get("/gatepass/token", "");
    site.database.exec("ALTER TABLE session RENAME TO gone");
    await site.get("/gatepass/token", cookie);
    expect(counted).toEqual(["renewal success", "renewal failure", "renewal fault"]);
    delete metrics.count;
  });

  test("a limit that is reached is told", async () => {
    vi.useFakeTimers({ toFake: ["Date"] }); // within its ten seconds, however long hashes take
    for (let i = 0; i < 4; i++) {
      const body = { email: EMAIL, password: "not the password" };
      await site.post("/sign-in/email", body, "", "192.0.2.9");
    }
    expect(told("rate_limited")).toEqual([
      expect.objectContaining({ path: "/sign-in/email", status: 429, client: "192.0.2.9" }),
    ]);
  });

  test("changes of the account are told, done or refused", async () => {
    const cookie = cookiesOf(await site.signUp(EMAIL));
    await site.post("/delete-user", { password: "not the password" }, cookie);
    await site.post("/revoke-other-sessions", { password: PASSWORD }, cookie);
    const newPassword = "another long password";
    const change = { currentPassword: PASSWORD, newPassword };
    const now = cookiesOf(await site.post("/change-password", change, cookie));
    await site.post("/revoke-sessions", { password: "not the password" }, now);
    const common = { currentPassword: newPassword, newPassword: "password1234" };
    await site.post("/change-password", common, now);
    const user = site.database.prepare("SELECT id FROM user").get()?.id;
    const [done, refused] = [
      expect.objectContaining({ outcome: "success", user }),
      expect.objectContaining({ outcome: "failure", user }),
    ];
    expect(told("account_deletion")).toEqual([refused]);
    expect(told("session_end")).toEqual([done, refused]);
    expect(told("password_change")).toEqual([done, refused]);
  });

  test("a stranger's text begins no line on a terminal and does not steer it", async () => {
    const { isTTY } = process.stderr;
    process.stderr.isTTY = true;
    const callbackURL = "x\n12:00:00.000 info  sign_in\u001b[2J\u009b2J\u2028y";
    await site.post("/sign-in/email", { email: EMAIL, password: PASSWORD, callbackURL });
    process.stderr.isTTY = isTTY;
    expect(written.join("")).toContain("x\\u000a12:00:00.000");
    expect(written.join("").replace(/\n/g, "")).not.toMatch(/[\p{Cc}\p{Zl}]/u);
    for (const line of written) expect(line.indexOf("\n")).toBe(line.length - 1);
  });

  test("a stranger makes no error of ours", async () => {
    const fields = { email: EMAIL, password: PASSWORD, callbackURL: "https://elsewhere.example" };
    expect((await site.post("/sign-in/email", fields)).status).toBe(403);
    const levels = written.map((line) => JSON.parse(line).level);
    expect(levels).toContain("warn");
    expect(levels).not.toContain("error");
  });

  test("neither email nor password stands in it", async () => {
    await site.signUp(EMAIL);
    await site.signIn(EMAIL, "not the password");
    expect(written.length).toBeGreaterThan(1);
    expect(written.join("")).not.toMatch(/ada@example|not the password|a long enough/i);
  });
});
