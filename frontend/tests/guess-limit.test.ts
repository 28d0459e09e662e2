import { describe, expect, test } from "vitest";
import { describeSqlite } from "../src/server/auth/database.ts";
import { setDeactivated } from "../src/server/auth/deactivation.ts";
import { type Counters, createCounters } from "../src/server/auth/rate-limit-counters.ts";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";

/** As if so many had been counted already: hashing a password for each would take its time. */
function countBefore(site: Site, begin: string, count: number): void {
  const set = site.database.prepare("UPDATE rateLimit SET count = ? WHERE key LIKE ? || '%'");
  expect(set.run(count, begin).changes).toBeGreaterThan(0);
}

describe("guessing the password of one account", () => {
  test("ends after thirty wrong ones an hour, from wherever they come", async () => {
    const site = await createSite();
    await site.signUp(EMAIL);
    const guess = () => site.signIn(EMAIL, "not the password");
    expect((await guess()).status).toBe(401);
    countBefore(site, "guess|", 29);
    expect((await guess()).status).toBe(401);
    const refused = await guess();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(3000);
    expect((await site.signIn(EMAIL)).status).toBe(429);
    expect((await site.signIn("eve@example.com")).status).toBe(401);
  });

  test("locks nobody out who has been signed in in this browser", async () => {
    const site = await createSite();
    const known = cookiesOf(await site.signUp(EMAIL));
    await site.signIn(EMAIL, "not the password");
    countBefore(site, "guess|", 30);
    expect((await site.signIn(EMAIL)).status).toBe(429);
    const body = { email: EMAIL, password: PASSWORD };
    expect((await site.post("/sign-in/email", body, known)).status).toBe(200);
    const forged = known.replace(/browser=[^;]+/, "browser=x.y.z");
    expect((await site.post("/sign-in/email", body, forged)).status).toBe(429);
  });

  test("a browser known to one account is a stranger to another", async () => {
    const site = await createSite();
    const known = cookiesOf(await site.signUp("eve@example.com"));
    await site.signUp(EMAIL);
    await site.signIn(EMAIL, "not the password");
    countBefore(site, "guess|", 30);
    const body = { email: EMAIL, password: PASSWORD };
    expect((await site.post("/sign-in/email", body, known)).status).toBe(429);
  });

  test("the right password is not counted", async () => {
    const site = await createSite();
    await site.signUp(EMAIL);
    await site.signIn(EMAIL);
    const rows = site.database.prepare("SELECT count FROM rateLimit WHERE key LIKE 'guess|%'");
    expect(rows.all()).toEqual([{ count: 0 }]);
  });

  test.each(["/change-password", "/delete-user", "/revoke-sessions"])(
    "%s is counted too",
    async (path) => {
      const site = await createSite();
      const cookie = cookiesOf(await site.signUp(EMAIL));
      const wrong = { currentPassword: "not the password", newPassword: "four unrelated words" };
      const body = path === "/change-password" ? wrong : { password: "not the password" };
      expect((await site.post(path, body, cookie)).status).toBe(400);
      countBefore(site, "guess|", 30);
      expect((await site.post(path, body, cookie)).status).toBe(429);
    },
  );

  test("what failed for another reason than the password is not counted", async () => {
    const site = await createSite({ API_INTERNAL_URL: "http://127.0.0.1:9" });
    const cookie = cookiesOf(await site.signUp(EMAIL));
    expect((await site.post("/delete-user", { password: PASSWORD }, cookie)).status).toBe(503);
    const rows = site.database.prepare("SELECT count FROM rateLimit WHERE key LIKE 'guess|%'");
    expect(rows.all()).toEqual([{ count: 0 }]);
  });

  test("a fault of ours is no guess, also one that Better Auth does not catch", async () => {
    const site = await createSite();
    const cookie = cookiesOf(await site.signUp(EMAIL));
    await site.signIn(EMAIL);
    const fails = (statement: string) =>
      site.database.exec(`
        DROP TRIGGER IF EXISTS fails;
        CREATE TRIGGER fails BEFORE ${statement} BEGIN SELECT RAISE(ABORT, 'a fault'); END`);
    const change = { currentPassword: PASSWORD, newPassword: "four unrelated words" };
    fails("INSERT ON session");
    expect((await site.signIn(EMAIL)).status).toBe(500);
    expect((await site.post("/change-password", change, cookie)).status).toBe(500);
    fails("DELETE ON session");
    const right = { password: PASSWORD };
    expect((await site.post("/revoke-sessions", right, cookie)).status).toBe(500);
    expect((await site.post("/revoke-other-sessions", right, cookie)).status).toBe(500);
    const wrong = site.database.prepare(
      "SELECT sum(count) AS sum FROM rateLimit WHERE key LIKE 'guess|%'",
    );
    expect(wrong.get()).toEqual({ sum: 0 });
  });

  test("the right password of a deactivated account is no guess", async () => {
    const site = await createSite();
    await site.signUp(EMAIL);
    await setDeactivated(site.auth, EMAIL, true);
    expect((await site.signIn(EMAIL)).status).toBe(403);
    const rows = site.database.prepare("SELECT count FROM rateLimit WHERE key LIKE 'guess|%'");
    expect(rows.all()).toEqual([{ count: 0 }]);
  });

  test("a stolen session keeps no other one from ending it", async () => {
    const site = await createSite();
    const stolen = cookiesOf(await site.signUp(EMAIL));
    const own = cookiesOf(await site.signIn(EMAIL));
    for (const body of [{}, { password: "not the password" }]) {
      await site.post("/revoke-other-sessions", body, stolen);
    }
    expect(
      site.database
        .prepare("SELECT sum(count) AS sum FROM rateLimit WHERE key LIKE 'guess|%'")
        .get(),
    ).toEqual({ sum: 1 });
    countBefore(site, "guess|", 30);
    const right = { password: PASSWORD };
    expect((await site.post("/revoke-other-sessions", right, stolen)).status).toBe(429);
    expect((await site.post("/revoke-other-sessions", right, own)).status).toBe(200);
  });
});

test("one address makes a hundred accounts a day", async () => {
  const site = await createSite();
  const signUp = (email: string, client: string) =>
    site.post("/sign-up/email", { name: "Ada", email, password: PASSWORD }, "", client);
  expect((await signUp("a@example.com", "2001:db8:1::1")).status).toBe(200);
  countBefore(site, "sign-up|", 99);
  expect((await signUp("a@example.com", "2001:db8:1:2::1")).status).toBe(422);
  expect((await signUp("b@example.com", "2001:db8:1:3::1")).status).toBe(200);
  expect((await signUp("c@example.com", "2001:db8:1:4::1")).status).toBe(429);
  expect((await signUp("d@example.com", "2001:db8:2::1")).status).toBe(200);
});

test("a sign-up without an account is not counted, whatever refused it", async () => {
  const site = await createSite();
  await site.signUp(EMAIL);
  const signUp = (body: Record<string, string>) => {
    const fields = { name: "Ada", email: "eve@example.com", password: PASSWORD, ...body };
    return site.post("/sign-up/email", fields, "", "198.51.100.7");
  };
  expect(await (await signUp({ password: "password123" })).json()).toMatchObject({
    code: "PASSWORD_TOO_COMMON",
  });
  expect((await signUp({ email: "no address" })).status).toBe(400);
  expect((await signUp({ email: EMAIL })).status).toBe(422);
  site.database.exec("DELETE FROM rateLimit WHERE key LIKE '198.51.100.7|%'");
  site.database.exec(
    "CREATE TRIGGER fails BEFORE INSERT ON account BEGIN SELECT RAISE(ABORT, 'a fault'); END",
  );
  expect((await signUp({})).status).toBe(500);
  const counted = site.database.prepare("SELECT count FROM rateLimit WHERE key = ?");
  expect(counted.all("sign-up|198.51.100.7")).toEqual([{ count: 0 }]);
});

describe("a counter", () => {
  const quota = { max: 2, window: 10 };

  async function withClock(work: (counters: Counters, wait: (ms: number) => void) => unknown) {
    const site = await createSite();
    let time = 1_700_000_000_000;
    const { db } = describeSqlite(site.database);
    await work(
      createCounters(db, () => time),
      (ms) => {
        time += ms;
      },
    );
    return site;
  }

  test("begins anew when its window is over, whether or not somebody goes on trying", () =>
    withClock(async ({ hit }, wait) => {
      const outcomes = [];
      for (let second = 0; second < 12; second++) {
        outcomes.push((await hit("a", quota)).allowed);
        wait(1000);
      }
      expect(outcomes.map(Number).join("")).toBe("110000000011");
    }));

  test("says how long to wait, and a refusal costs no statement", async () => {
    const site = await withClock(async ({ hit }, wait) => {
      for (let i = 0; i < 3; i++) await hit("a", quota);
      wait(4000);
      for (let i = 0; i < 100; i++)
        expect(await hit("a", quota)).toEqual({ allowed: false, retryAfter: 6 });
    });
    expect(site.database.prepare("SELECT count FROM rateLimit").all()).toEqual([{ count: 3 }]);
  });

  test("does not outlast a clock that is put back", () =>
    withClock(async ({ hit }, wait) => {
      for (let i = 0; i < 3; i++) await hit("a", quota);
      wait(-3_600_000);
      expect(await hit("a", quota)).toEqual({ allowed: true, retryAfter: null });
    }));

  test("has a key of bounded length", async () => {
    const site = await withClock(({ hit }) => hit("x".repeat(5000), quota));
    const [row] = site.database.prepare("SELECT length(key) AS n FROM rateLimit").all();
    expect(row?.n).toBeLessThanOrEqual(200);
  });

  test("takes one back", () =>
    withClock(async ({ hit, refund }) => {
      for (let i = 0; i < 10; i++) {
        expect((await hit("a", quota)).allowed).toBe(true);
        await refund("a");
      }
    }));

  test("a path of 2,800 letters is not counted at all: it is not offered", async () => {
    const site = await createSite();
    expect((await site.get(`/${"x".repeat(2800)}`)).status).toBe(404);
    expect(site.database.prepare("SELECT * FROM rateLimit").all()).toEqual([]);
  });
});
