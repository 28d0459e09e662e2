import { setImmediate, setTimeout } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { secondsClosed } from "../src/server/auth/closed-endpoints.ts";
import { createPageLimit, createPageTurns } from "../src/server/http/page-limit.ts";
import { cookiesOf, createSite, PASSWORD } from "./site.ts";

const CREDENTIALS = { email: "ada@example.com", password: "not the password" };

afterEach(() => vi.useRealTimers());

describe("the rate limit of sign-in", () => {
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
    const closed = (client: string, path = "/api/auth/sign-in/email") =>
      secondsClosed(path, client, site.auth.options);
    const attempt = (client: string) => site.post("/sign-in/email", CREDENTIALS, "", client);
    for (const client of ["203.0.113.7", "2001:db8:7::1"]) {
      for (let i = 0; i < 3; i++) await attempt(client);
      expect(closed(client)).toBe(0);
      const refused = await attempt(client);
      expect(Math.abs(closed(client) - Number(refused.headers.get("retry-after")))).toBeLessThan(2);
    }
    expect(closed("2001:db8:7:ffff::1")).toBeGreaterThan(0);
    expect(closed("2001:db8:8::1")).toBe(0);
    expect(closed("203.0.113.8")).toBe(0);
    expect(closed("203.0.113.7", "/api/auth/sign-up/email")).toBe(0);
    expect(closed("203.0.113.7", "/sign-in/email")).toBe(0);
    vi.useFakeTimers({ now: Date.now() + 10_000 });
    expect(closed("203.0.113.7")).toBe(0);
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

describe("pages", () => {
  test("are limited for each address, an IPv6 one by its network, and anew every ten seconds", () => {
    let time = 0;
    const wait = createPageLimit(() => time);
    for (let i = 0; i < 300; i++) expect(wait("/login", `2001:db8:1:${i}::1`)).toBe(0);
    time = 4000;
    expect(wait("/login", "2001:db8:1:ffff::1")).toBe(6);
    expect(wait("/login", "2001:db8:2::1")).toBe(0);
    expect(wait("/_next/static/chunks/a.js", "2001:db8:1::1")).toBe(0);
    expect(wait("/icon.svg?1", "2001:db8:1::1")).toBe(0);
    expect(wait("/icon.svg/a", "2001:db8:1::1")).toBe(6);
    time = 10_000;
    expect(wait("/login", "2001:db8:1::1")).toBe(0);
  });

  test("of one address are made one after the other, and one that waits itself lets the next begin", async () => {
    const inTurn = createPageTurns();
    const begun: string[] = [];
    const waiting: Record<string, (error?: Error) => void> = {};
    const page = (client: string, name: string) =>
      inTurn(client, () => {
        begun.push(name);
        return new Promise((resolve, reject) => {
          waiting[name] = (error) => (error ? reject(error) : resolve());
        });
      });
    const answered = [
      page("2001:db8:1::1", "first"),
      page("2001:db8:1::2", "second"),
      page("192.0.2.7", "another's"),
      page("192.0.2.7", "another's second"),
    ];
    await setImmediate();
    expect(begun).toEqual(["first", "another's"]);
    waiting.first?.(new Error("a page that fails"));
    await expect(answered[0]).rejects.toThrow("a page that fails");
    await setImmediate();
    expect(begun).toEqual(["first", "another's", "second"]);
    await setTimeout(150);
    expect(begun).toEqual(["first", "another's", "second", "another's second"]);
    for (const finish of Object.values(waiting)) finish();
    await Promise.all(answered.slice(1));
  });
});
