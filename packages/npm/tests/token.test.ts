import { betterAuth } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { gatepass, signToken } from "../src/server/index.ts";
import { cookiesOf, createSite, opened, PASSWORD, SECRET, type Site } from "./site.ts";

const TOKEN = "/gatepass/token";

async function tokenOf(site: Site, cookie: string): Promise<string> {
  const response = await site.get(TOKEN, cookie);
  expect(response.status).toBe(200);
  return (await response.json()).token;
}

describe("GET /gatepass/token", () => {
  let site: Site;
  let cookie: string;

  beforeEach(async () => {
    site = await createSite();
    cookie = cookiesOf(await site.signUp("Ada@Example.com"));
  });

  test("a visitor gets 401", async () => {
    const response = await site.get(TOKEN);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: "UNAUTHORIZED" });
  });

  test("a signed-in user gets exactly {token}, never stored by a cache", async () => {
    const response = await site.get(TOKEN, cookie);
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(Object.keys(await response.json())).toEqual(["token"]);
  });

  test("the token says who the user is and until when, and nothing more", async () => {
    const before = Math.floor(Date.now() / 1000);
    const { header, claims } = await opened(await tokenOf(site, cookie));
    const user = site.database.prepare("SELECT id FROM user").get() as { id: string };
    expect(header).toEqual({ alg: "HS256", typ: "JWT" });
    expect(Object.keys(claims)).toEqual(["sub", "email", "iat", "exp"]);
    expect(claims.sub).toBe(user.id);
    expect(claims.email).toBe("ada@example.com");
    expect(claims.iat).toBeGreaterThanOrEqual(before);
    expect(claims.exp).toBe((claims.iat ?? 0) + 3600);
  });

  test("a forged cookie gets 401", async () => {
    const forged = cookie.replace(/\..*$/, `.${"A".repeat(43)}%3D`);
    expect((await site.get(TOKEN, forged)).status).toBe(401);
  });

  test("after sign-out the same cookie gets 401", async () => {
    expect((await site.post("/sign-out", {}, cookie)).status).toBe(200);
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
  });

  test("an expired session gets 401", async () => {
    site.database.exec("UPDATE session SET expiresAt = '2020-01-01T00:00:00.000Z'");
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
  });

  test("a revoked session gets 401", async () => {
    const other = cookiesOf(await site.signIn("ada@example.com"));
    expect((await site.post("/revoke-other-sessions", {}, other)).status).toBe(200);
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
    expect((await site.get(TOKEN, other)).status).toBe(200);
  });

  test("a deleted user gets 401", async () => {
    const deleted = await site.post("/delete-user", { password: PASSWORD }, cookie);
    expect(deleted.status).toBe(200);
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
  });

  test("a user who is not active is told so, in a living session and in one that was ended", async () => {
    site.database.exec("UPDATE user SET deactivatedAt = '2026-01-01T00:00:00.000Z'");
    const refusal = { code: "ACCOUNT_DEACTIVATED", message: expect.any(String) };
    const living = await site.get(TOKEN, cookie);
    expect(living.status).toBe(401);
    expect(await living.json()).toEqual(refusal);

    site.database.exec("UPDATE session SET expiresAt = '2020-01-01T00:00:00.000Z'");
    const ended = await site.get(TOKEN, cookie);
    expect(ended.status).toBe(401);
    expect(await ended.json()).toEqual(refusal);
  });

  test.each([
    ["says no", 401, () => false],
    ["says no later", 401, async () => false],
    ["fails", 503, () => Promise.reject(new Error("away"))],
  ])("isActive %s: %i, and no pass at sign-up", async (_, status, isActive) => {
    const asking = await createSite({ isActive });
    const signedUp = await asking.signUp("bob@example.com");
    expect(signedUp.status).toBe(200);
    expect(signedUp.headers.get("set-auth-jwt")).toBeNull();
    expect((await asking.get(TOKEN, cookiesOf(signedUp))).status).toBe(status);
  });

  test("a database that is away is a 503, which no browser takes for a sign-out", async () => {
    site.database.close();
    const response = await site.get(TOKEN, cookie);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("2");
  });

  test("in process: auth.api.getGatepassToken({ headers })", async () => {
    const headers = new Headers({ Cookie: cookie });
    const { token } = await site.auth.api.getGatepassToken({ headers });
    await opened(token);
    await expect(site.auth.api.getGatepassToken({ headers: new Headers() })).rejects.toMatchObject({
      statusCode: 401,
    });
  });

  test("a hook after it sees the session, as after Better Auth's own endpoints", async () => {
    const seen: unknown[] = [];
    const after = createAuthMiddleware(async ({ path, context }) => {
      if (path === TOKEN) seen.push(context.session?.user.email);
    });
    const hooked = await createSite({}, { hooks: { after } });
    await tokenOf(hooked, cookiesOf(await hooked.signUp("bob@example.com")));
    expect(seen).toEqual(["bob@example.com"]);
  });

  test("POST is not offered", async () => {
    expect((await site.post(TOKEN, {}, cookie)).status).toBe(404);
  });
});

describe("fields that Better Auth returns to nobody", () => {
  const hidden = { type: "string", required: false, input: false, returned: false } as const;
  const more = {
    user: { additionalFields: { blockedAt: hidden, role: { ...hidden, defaultValue: "member" } } },
  };

  test("isActive sees them: at sign-in, and at a renewal", async () => {
    const site = await createSite({ isActive: (user) => !user.blockedAt }, more);
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    expect((await site.get(TOKEN, cookie)).status).toBe(200);
    site.database.exec("UPDATE user SET blockedAt = '2026-01-01'");
    expect((await site.signIn("ada@example.com")).headers.get("set-auth-jwt")).toBeNull();
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
  });

  test("claims sees them: at sign-up, at a renewal, and with a changed password", async () => {
    const site = await createSite({ claims: ({ role }) => ({ role: role ?? null }) }, more);
    const signedUp = await site.signUp("ada@example.com");
    const cookie = cookiesOf(signedUp);
    const renewed = await tokenOf(site, cookie);
    const change = {
      currentPassword: PASSWORD,
      newPassword: `${PASSWORD} 2`,
      revokeOtherSessions: true,
    };
    const changed = await site.post("/change-password", change, cookie);
    const passes = [signedUp.headers.get("set-auth-jwt"), renewed];
    passes.push(changed.headers.get("set-auth-jwt"));
    for (const pass of passes) expect((await opened(pass ?? "")).claims.role).toBe("member");
  });
});

describe("with sessions in a secondary storage", () => {
  test.each([
    ["deactivated", "UPDATE user SET deactivatedAt = '2026-01-01T00:00:00.000Z'"],
    ["deleted", "DELETE FROM user"],
  ])("a user who is %s in the database gets 401", async (_, sql) => {
    const kept = new Map<string, string>();
    const secondaryStorage = {
      get: (key: string) => kept.get(key) ?? null,
      set: (key: string, value: string) => void kept.set(key, value),
      delete: (key: string) => void kept.delete(key),
      getAndDelete: () => null,
      increment: () => 1,
    };
    const site = await createSite({}, { secondaryStorage });
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    expect((await site.get(TOKEN, cookie)).status).toBe(200);
    site.database.exec(sql);
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
  });
});

describe("with Better Auth's cookie cache", () => {
  const cached = { session: { cookieCache: { enabled: true, maxAge: 300 } } };

  test("a cached session is read afresh: none after sign-out, revocation or deactivation", async () => {
    const site = await createSite({}, cached);
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    expect(cookie).toContain("session_data");
    expect((await site.get(TOKEN, cookie)).status).toBe(200);

    site.database.exec("UPDATE user SET deactivatedAt = '2026-01-01T00:00:00.000Z'");
    expect((await site.get(TOKEN, cookie)).status).toBe(401);

    site.database.exec("UPDATE user SET deactivatedAt = NULL; DELETE FROM session");
    const session = await site.get("/get-session", cookie);
    expect(await session.json(), "the cache itself still believes in it").not.toBeNull();
    expect((await site.get(TOKEN, cookie)).status).toBe(401);
  });

  test.each([
    ["prolongs the session", 200, 2],
    ["finds the session expired", 401, -1],
  ])("a renewal that %s sets every cookie that get-session sets", async (_, status, days) => {
    const cookies: string[][] = [];
    for (const path of ["/get-session?disableCookieCache=true", TOKEN]) {
      const site = await createSite({}, cached);
      const cookie = cookiesOf(await site.signUp("ada@example.com"));
      const ends = new Date(Date.now() + days * 86_400_000).toISOString();
      site.database.exec(`UPDATE session SET expiresAt = '${ends}'`);
      const answer = await site.get(path, cookie);
      if (path === TOKEN) expect(answer.status).toBe(status);
      cookies.push(answer.headers.getSetCookie().map((each) => each.replace(/=[^;]*/, "")));
    }
    expect(cookies[0]?.join()).toContain("session_token");
    expect(cookies[1]).toEqual(cookies[0]);
  });
});

describe("secrets", () => {
  test("of a ring the current one signs and is named in kid", async () => {
    const current = `${"c".repeat(20)}current-secret-7`;
    const secrets = [
      { version: 7, value: current },
      { version: 2, value: SECRET_BEFORE },
    ];
    const site = await createSite({}, { secrets });
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    const { header } = await opened(await tokenOf(site, cookie), current);
    expect(header).toEqual({ alg: "HS256", typ: "JWT", kid: "7" });
  });

  test("version 0 is named too", async () => {
    const site = await createSite({}, { secrets: [{ version: 0, value: SECRET_BEFORE }] });
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    const { header } = await opened(await tokenOf(site, cookie), SECRET_BEFORE);
    expect(header.kid).toBe("0");
  });

  test.each([
    [{ secret: "ab".repeat(16) }, "BETTER_AUTH_SECRET repeats itself"],
    [{ secret: `${SECRET}\n` }, "BETTER_AUTH_SECRET contains a line break"],
    [{ secrets: [{ version: 3, value: "short" }] }, "BETTER_AUTH_SECRETS version 3 has 5 char"],
    [{ secrets: ring(SECRET, "former") }, "BETTER_AUTH_SECRETS version 1 has 6 characters"],
  ])("nothing starts in production with what verifiers refuse: %j", async (given, text) => {
    vi.stubEnv("NODE_ENV", "production");
    const auth = betterAuth({ logger: { disabled: true }, plugins: [gatepass()], ...given });
    await expect(auth.$context).rejects.toThrow(`gatepass: ${text}`);
    vi.unstubAllEnvs();
  });

  test("elsewhere it is told", async () => {
    const { warnings } = await createSite({}, { secret: "ab".repeat(16) });
    expect(warnings.join()).toContain("gatepass: BETTER_AUTH_SECRET repeats itself");
  });

  test.each(["ab".repeat(16), "short", `change-me-${SECRET}`, `${SECRET}\ud800`])(
    "%j signs nothing",
    async (secret) => {
      const signing = signToken({ id: "ada", email: "ada@example.com" }, { secret }, 60);
      await expect(signing).rejects.toThrow(/^gatepass: the secret /);
    },
  );
});

/** Secrets for Better Auth's option, the current one first. */
function ring(...secrets: string[]) {
  return secrets.map((value, index) => ({ version: secrets.length - index, value }));
}

const SECRET_BEFORE = `${"b".repeat(20)}former-secret-2-`;
