import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { secondsClosed } from "../src/server/auth/closed-endpoints.ts";
import { createRequestLimit, createTurns } from "../src/server/http/request-limit.ts";
import { cookiesOf, createSite, PASSWORD } from "./site.ts";

const CREDENTIALS = { email: "ada@example.com", password: "not the password" };

afterEach(() => vi.useRealTimers());

describe("the rate limit of sign-in", () => {
  // However long passwords take to hash, all tries fall within the limit's ten seconds.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));

  test("lets three tries in, then says how long to wait", async () => {
    const site = await createSite();
    const attempt = () => site.post("/sign-in/email", CREDENTIALS, "", "198.51.100.7");
    for (let i = 0; i < 3; i++) expect((await attempt()).status).toBe(401);
    const refused = await attempt();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("x-retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get("x-retry-after"))).toBeLessThanOrEqual(10);
  });

  test("counts each client for itself, and an IPv6 client by its network", async () => {
    const site = await createSite();
    const attempt = async (client: string) =>
      (await site.post("/sign-in/email", CREDENTIALS, "", client)).status;
    for (let i = 0; i < 3; i++) await attempt("198.51.100.7");
    expect(await attempt("198.51.100.7")).toBe(429);
    expect(await attempt("198.51.100.8")).toBe(401);
    for (let i = 0; i < 3; i++) await attempt(`2001:db8::${i}`);
    expect(await attempt("2001:db8::9")).toBe(429);
  });

  test("is known at the door once it is used up, for as long as it lasts", async () => {
    const site = await createSite();
    const closed = (client: string, path = "/api/auth/ok") =>
      secondsClosed(path, client, site.auth.options);
    for (const client of ["203.0.113.7", "2001:db8:7::1"]) {
      for (let i = 0; i < 100; i++) await site.send("/ok", {}, client);
      expect(closed(client)).toBe(0);
      const refused = await site.send("/ok", {}, client);
      expect(refused.status).toBe(429);
      expect(Math.abs(closed(client) - Number(refused.headers.get("retry-after")))).toBeLessThan(2);
    }
    expect(closed("2001:db8:7:ffff::1")).toBeGreaterThan(0);
    expect(closed("2001:db8:8::1")).toBe(0);
    expect(closed("203.0.113.8")).toBe(0);
    expect(closed("203.0.113.7", "/api/auth/sign-up/email")).toBe(0);
    expect(closed("203.0.113.7", "/ok")).toBe(0);
    const soon = performance.now() + 10_000;
    vi.spyOn(performance, "now").mockReturnValue(soon);
    expect(closed("203.0.113.7")).toBe(0);
    vi.restoreAllMocks();
  });

  test("does not listen to an invented X-Forwarded-For", async () => {
    const site = await createSite();
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      const headers = { "Content-Type": "application/json", "X-Forwarded-For": `1.2.3.${i}` };
      const init = { method: "POST", headers, body: JSON.stringify(CREDENTIALS) };
      statuses.push((await site.send("/sign-in/email", init, "198.51.100.7")).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
  });

  test.each([
    ["/delete-user", { password: "not the password" }],
    ["/change-password", { currentPassword: "not the password", newPassword: PASSWORD }],
  ])("holds at %s, where a password can be tried too", async (path, body) => {
    const site = await createSite();
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    const attempt = () => site.post(path, body, cookie, "198.51.100.7");
    for (let i = 0; i < 3; i++) expect((await attempt()).status).toBe(400);
    expect((await attempt()).status).toBe(429);
  });

  test("is shared by all copies of the server that share the database", async () => {
    const site = await createSite();
    await site.post("/sign-in/email", CREDENTIALS, "", "198.51.100.7");
    expect(
      site.database.prepare("SELECT key, count FROM rateLimit WHERE key LIKE '198.%'").all(),
    ).toEqual([{ key: "198.51.100.7|/sign-in/email", count: 1 }]);
  });
});

describe("requests", () => {
  test("are limited for each address, an IPv6 one by its network, and anew every ten seconds", () => {
    let time = 0;
    const wait = createRequestLimit(() => time);
    for (let i = 0; i < 300; i++) expect(wait("/login", `2001:db8:1:${i}::1`)).toBe(0);
    time = 4000;
    for (const path of ["/login", "/_next/static/a.js", "/icon.svg", "/api/auth/get-session"])
      expect(wait(path, "2001:db8:1:ffff::1")).toBe(6);
    expect(wait("/login", "2001:db8:2::1")).toBe(0);
    time = 10_000;
    expect(wait("/login", "2001:db8:1::1")).toBe(0);
  });

  test("of an address that was counted before there were too many stay its own", () => {
    const wait = createRequestLimit(() => 0);
    expect(wait("/login", "192.0.2.7")).toBe(0);
    for (let i = 0; i < 50_400; i++) wait("/login", `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(wait("/login", "192.0.2.8")).toBe(10);
    expect(wait("/login", "192.0.2.7")).toBe(0);
  });

  test.each(["/_next/static/a.js", "/icon.svg", "/api/auth/get-session"])(
    "for %s count half",
    (path) => {
      const wait = createRequestLimit(() => 0);
      for (let i = 0; i < 600; i++) expect(wait(path, "192.0.2.7")).toBe(0);
      expect(wait(path, "192.0.2.7")).toBe(10);
    },
  );

  test("of one address are answered one after the other, and one that waits itself lets the next begin", async () => {
    const inTurn = createTurns();
    const begun: string[] = [];
    const waiting: Record<string, (error?: Error) => void> = {};
    const ask = (client: string, name: string, path = "/login") =>
      inTurn(path, client, () => {
        begun.push(name);
        return new Promise((resolve, reject) => {
          waiting[name] = (error) => (error ? reject(error) : resolve());
        });
      });
    const answered = [
      ask("2001:db8:1::1", "first"),
      ask("2001:db8:1::2", "second"),
      ask("192.0.2.7", "another's"),
      ask("192.0.2.7", "another's second"),
      ask("192.0.2.8", "file", "/_next/static/a.js"),
      ask("192.0.2.8", "second file", "/_next/static/b.js"),
    ];
    const pages = () => begun.filter((name) => !name.includes("file"));
    await setImmediate();
    expect(pages()).toEqual(["first", "another's"]);
    waiting.first?.(new Error("a page that fails"));
    await expect(answered[0]).rejects.toThrow("a page that fails");
    const all = ["first", "another's", "second", "another's second"];
    await vi.waitFor(() => expect(pages()).toEqual(all), 10_000);
    expect(begun.indexOf("second file")).toBeLessThan(begun.indexOf("another's second"));
    for (const finish of Object.values(waiting)) finish();
    await Promise.all(answered.slice(1));
  });

  test("begin one in a round where they are probes, however many came at once", async () => {
    const inTurn = createTurns();
    const begun: string[] = [];
    const ask = (client: string) => inTurn("/health", client, async () => void begun.push(client));
    const asked = [...Array(250).fill("192.0.2.7"), "192.0.2.8"].map(ask);
    for (let rounds = 1; rounds < 5; rounds++) {
      await setImmediate();
      expect(begun.filter((client) => client === "192.0.2.7").length).toBeLessThanOrEqual(
        rounds + 1,
      );
      expect(begun).toContain("192.0.2.8");
    }
    await Promise.all(asked);
    expect(begun).toHaveLength(251);
    const more = Array(260).fill("192.0.2.7").map(ask);
    expect(begun.length).toBeGreaterThan(251); // what would have been too many to keep
    expect(begun.length).toBeLessThan(251 + 20);
    await Promise.all(more);
    expect(begun).toHaveLength(251 + 260);
  });

  test("leave others time after each page, for which no file waits", async () => {
    const inTurn = createTurns();
    const begun: Record<string, number> = {};
    const ask = (name: string, path: string, takes: number) =>
      inTurn(path, "192.0.2.7", async () => {
        begun[name] = performance.now();
        await setTimeout(takes);
      });
    await Promise.all([
      ask("page", "/login", 40),
      ask("next page", "/login", 0),
      ask("file", "/icon.svg", 0),
    ]);
    const { page = 0, file = 0, "next page": next = 0 } = begun;
    expect(next - page).toBeGreaterThan(75);
    expect(next - file).toBeGreaterThan(30);
  });

  test("are refused where too many pages of one address wait, and no files", async () => {
    const inTurn = createTurns();
    const ask = (path: string, client = "192.0.2.7") => inTurn(path, client, async () => {});
    const asked = Array.from({ length: 60 }, () => ask("/login"));
    expect(asked.filter((answered) => answered === undefined)).toHaveLength(9);
    expect(ask("/icon.svg")).toBeDefined();
    expect(ask("/login", "192.0.2.8")).toBeDefined();
    await Promise.all(asked);
    expect(ask("/login")).toBeDefined();
  });
});
