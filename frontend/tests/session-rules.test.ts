import { hashPassword as formerHash } from "better-auth/crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { hashPassword, isCurrent, verifyPassword } from "../src/server/auth/password-hash.ts";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";
const NEW = "another long password";
const DAY = 86_400_000;

let site: Site;

beforeEach(async () => {
  site = await createSite();
});

const sessions = () => site.database.prepare("SELECT id, expiresAt FROM session").all();
const left = () => Date.parse(String(sessions()[0]?.expiresAt)) - Date.now();

describe("how long a session lasts", () => {
  test("a changed password makes no long session of a short one", async () => {
    await site.signUp(EMAIL);
    const brief = cookiesOf(await site.signIn(EMAIL, PASSWORD, false));
    const body = { currentPassword: PASSWORD, newPassword: NEW };
    const changed = await site.post("/change-password", body, brief);
    expect(changed.status).toBe(200);
    expect(changed.headers.getSetCookie().join()).not.toMatch(/session_token=[^;]*; Max-Age/);
    expect(sessions()).toHaveLength(1);
    expect(left()).toBeLessThanOrEqual(DAY);
  });

  test("use makes no long session of a short one, also where its second cookie is left out", async () => {
    await site.signUp(EMAIL);
    site.database.exec("DELETE FROM session");
    const cookies = cookiesOf(await site.signIn(EMAIL, PASSWORD, false)).split("; ");
    const only = cookies.filter((cookie) => cookie.includes("session_token")).join();
    for (const path of ["/get-session", "/gatepass/token"]) {
      expect((await site.get(path, only)).status).toBe(200);
      expect(left()).toBeLessThanOrEqual(DAY);
    }
  });

  test("use prolongs it, but never beyond thirty days in all", async () => {
    const cookie = cookiesOf(await site.signUp(EMAIL));
    const set = site.database.prepare("UPDATE session SET createdAt = ?, expiresAt = ?");
    const aged = (days: number) =>
      set.run(
        new Date(Date.now() - days * DAY).toISOString(),
        new Date(Date.now() + 2 * DAY).toISOString(),
      );
    aged(10);
    await site.get("/get-session", cookie);
    expect(left()).toBeGreaterThan(6.9 * DAY);
    aged(27);
    for (const path of ["/get-session", "/gatepass/token"]) {
      expect((await site.get(path, cookie)).status).toBe(200);
      expect(left()).toBeLessThanOrEqual(3 * DAY);
    }
  });

  test("the cap is a variable", async () => {
    const capped = await createSite({ SESSION_MAX_AGE: "3600" });
    await capped.signUp(EMAIL);
    const row = capped.database.prepare("SELECT expiresAt FROM session").get();
    expect(Date.parse(String(row?.expiresAt))).toBeLessThanOrEqual(Date.now() + 3_600_000);
  });
});

describe("signing in again in the same browser", () => {
  test("ends the session that it had", async () => {
    const former = cookiesOf(await site.signUp(EMAIL));
    const body = { email: EMAIL, password: PASSWORD };
    const now = cookiesOf(await site.post("/sign-in/email", body, former));
    expect((await site.get("/gatepass/token", former)).status).toBe(401);
    expect((await site.get("/gatepass/token", now)).status).toBe(200);
    expect(sessions()).toHaveLength(1);
  });

  test("a wrong password ends nothing", async () => {
    const former = cookiesOf(await site.signUp(EMAIL));
    await site.post("/sign-in/email", { email: EMAIL, password: "not the password" }, former);
    expect((await site.get("/gatepass/token", former)).status).toBe(200);
  });
});

test("sign-out has the browser forget what it keeps of this site", async () => {
  const cookie = cookiesOf(await site.signUp(EMAIL));
  const told = async (path: string) =>
    (await site.post(path, {}, cookie)).headers.get("clear-site-data");
  expect(await told("/update-user")).toBeNull();
  expect(await told("/sign-out")).toBe('"cache"');
});

test("no answer holds the token of a session", async () => {
  const first = await site.signUp(EMAIL);
  const token = decodeURIComponent(cookiesOf(first)).split("=")[1]?.split(".")[0] ?? "";
  expect(token).toHaveLength(32);
  const cookie = cookiesOf(first);
  const change = { currentPassword: PASSWORD, newPassword: NEW };
  const answers = [
    first,
    await site.get("/get-session", cookie),
    await site.get("/list-sessions", cookie),
    await site.signIn(EMAIL),
    await site.post("/change-password", change, cookie),
  ];
  const tokens = site.database.prepare("SELECT token FROM session").all();
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).not.toContain('"token"');
    for (const known of [token, ...tokens.map((row) => String(row.token))]) {
      expect(text).not.toContain(known);
    }
  }
});

describe("ending sessions", () => {
  let here: string;
  let there: string;

  beforeEach(async () => {
    here = cookiesOf(await site.signUp(EMAIL));
    there = cookiesOf(await site.signIn(EMAIL));
  });

  test.each(["/revoke-session", "/revoke-other-sessions", "/revoke-sessions"])(
    "%s needs the password",
    async (path) => {
      const { session } = await (await site.get("/get-session", there)).json();
      const id = path === "/revoke-session" ? { id: session.id } : {};
      for (const [body, code] of [
        [id, "PASSWORD_REQUIRED"],
        [{ ...id, password: "" }, "PASSWORD_REQUIRED"],
        [{ ...id, password: "not the password" }, "INVALID_PASSWORD"],
      ]) {
        const refused = await site.post(path, body, here);
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({ code });
      }
      expect((await site.get("/gatepass/token", there)).status).toBe(200);
      expect((await site.post(path, { ...id, password: PASSWORD }, here)).status).toBe(200);
      expect((await site.get("/gatepass/token", there)).status).toBe(401);
    },
  );

  test("another user's session is nobody else's to end", async () => {
    const other = cookiesOf(await site.signUp("eve@example.com"));
    const { session } = await (await site.get("/get-session", here)).json();
    await site.post("/revoke-session", { id: session.id, password: PASSWORD }, other);
    expect((await site.get("/gatepass/token", here)).status).toBe(200);
  });
});

describe("a password's hash", () => {
  test("is scrypt at OWASP's cost, salted", async () => {
    const [one, two] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
    expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w-]{22}\$[\w-]{86}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword({ hash: one, password: PASSWORD })).toBe(true);
    expect(await verifyPassword({ hash: one, password: NEW })).toBe(false);
  });

  test("of a former cost still opens the door, and is made anew there", async () => {
    await site.signUp(EMAIL);
    const set = site.database.prepare("UPDATE account SET password = ?");
    set.run(await formerHash(PASSWORD));
    expect((await site.signIn(EMAIL, NEW)).status).toBe(401);
    expect((await site.signIn(EMAIL)).status).toBe(200);
    const hash = String(site.database.prepare("SELECT password FROM account").get()?.password);
    expect(isCurrent(hash)).toBe(true);
    expect((await site.signIn(EMAIL)).status).toBe(200);
  });
});

test("a wrong password costs as much with a former hash as with today's", async () => {
  async function cost(hash: string): Promise<number> {
    const before = process.cpuUsage();
    expect(await verifyPassword({ hash, password: NEW })).toBe(false);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  }
  const [former, current] = [await formerHash(PASSWORD), await hashPassword(PASSWORD)];
  const ratios: number[] = [];
  for (let tries = 0; tries < 3; tries++) ratios.push((await cost(former)) / (await cost(current)));
  expect(Math.max(...ratios)).toBeGreaterThan(0.75);
});

test("one's own email is no new password, at sign-up and later", async () => {
  const cookie = cookiesOf(await site.signUp("grace.hopper@example.com", PASSWORD, "Grace Hopper"));
  for (const newPassword of ["grace.hopper@example.com", "grace.hopper12", "Grace Hopper"]) {
    const body = { currentPassword: PASSWORD, newPassword };
    const refused = await site.post("/change-password", body, cookie);
    expect(await refused.json()).toMatchObject({ code: "PASSWORD_TOO_COMMON" });
  }
});

test("a sign-in that races the deletion of its account is refused, not a fault", async () => {
  await site.signUp(EMAIL);
  const { internalAdapter } = await site.auth.$context;
  const user = await internalAdapter.findUserByEmail(EMAIL);
  const verify = site.auth.options.emailAndPassword.password.verify;
  const context = await site.auth.$context;
  context.password.verify = async (given) => {
    const right = await verify(given);
    await internalAdapter.deleteUser(user?.user.id ?? "");
    return right;
  };
  const response = await site.signIn(EMAIL);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ code: "INVALID_EMAIL_OR_PASSWORD" });
});
