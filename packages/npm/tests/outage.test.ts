import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { cookiesOf, createSite } from "./site.ts";

/** A database that says what it is asked, and breaks before the statement that `breaks` picks. */
class Breaking extends DatabaseSync {
  asked: string[] = [];
  breaks: (sql: string) => boolean = () => false;

  override prepare(sql: string) {
    this.asked.push(sql);
    if (this.breaks(sql)) this.close();
    return super.prepare(sql);
  }
}

const reads = (asked: string[]) => asked.filter((sql) => /^select .*"session"/i.test(sql)).length;

async function signedIn(more: Parameters<typeof createSite>[1] = {}) {
  const database = new Breaking(":memory:");
  const site = await createSite({}, { database, ...more });
  const cookie = cookiesOf(await site.signUp("ada@example.com"));
  database.asked = [];
  return { site, database, cookie };
}

describe("a renewal", () => {
  test("reads the session once", async () => {
    const { site, database, cookie } = await signedIn();
    expect((await site.get("/gatepass/token", cookie)).status).toBe(200);
    expect(reads(database.asked)).toBe(1);
  });

  test("in the middle of which the database goes away is a pass or a 503, never a 401", {
    timeout: 30_000,
  }, async () => {
    const statements = 4;
    for (let at = 0; at < statements; at += 1) {
      const { site, database, cookie } = await signedIn();
      const old = new Date(Date.now() + 2 * 86_400_000).toISOString();
      database.exec(`UPDATE session SET expiresAt = '${old}'`);
      database.breaks = () => database.asked.length > at;
      const answer = await site.get("/gatepass/token", cookie);
      expect([200, 503], `broken before statement ${at}`).toContain(answer.status);
      if (answer.status === 503) expect(answer.headers.get("retry-after")).toBe("2");
      expect(answer.headers.getSetCookie().join(), "the cookie is kept").not.toContain("Max-Age=0");
    }
  });

  test("still prolongs a session that is old enough, and tells the browser", async () => {
    const { site, database, cookie } = await signedIn();
    const old = new Date(Date.now() + 2 * 86_400_000);
    database.exec(`UPDATE session SET expiresAt = '${old.toISOString()}'`);
    const answer = await site.get("/gatepass/token", cookie);
    expect(answer.headers.getSetCookie().join()).toContain("session_token");
    expect(answer.headers.has("set-auth-jwt"), "no session began").toBe(false);
    const row = database.prepare("SELECT expiresAt FROM session").get() as { expiresAt: string };
    expect(new Date(row.expiresAt).getTime()).toBeGreaterThan(old.getTime() + 86_400_000);
  });

  test("without a database at all, the signed cookie is the session", async () => {
    const { auth, send } = await statelessSite();
    const cookie = cookiesOf(await send("/sign-up/email"));
    const headers = new Headers({ Cookie: cookie });
    expect((await auth.api.getGatepassToken({ headers })).token.split(".")).toHaveLength(3);
  });
});

async function statelessSite() {
  const { betterAuth } = await import("better-auth");
  const { gatepass } = await import("../src/server/index.ts");
  const { ORIGIN, PASSWORD, SECRET } = await import("./site.ts");
  const auth = betterAuth({
    baseURL: ORIGIN,
    secret: SECRET,
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, strategy: "jwe", refreshCache: true } },
    telemetry: { enabled: false },
    logger: { disabled: true },
    plugins: [gatepass()],
  });
  const send = (path: string) =>
    auth.handler(
      new Request(`${ORIGIN}/api/auth${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Origin: ORIGIN },
        body: JSON.stringify({ name: "Ada", email: "ada@example.com", password: PASSWORD }),
      }),
    );
  return { auth, send };
}
