import { beforeEach, describe, expect, test, vi } from "vitest";
import { NEEDS_PASSWORD } from "../src/server/auth/account-rules.ts";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const OLD = "old-Zk3v8Qx1Lw9Rt5Yb7Nc2Mf4Hd6Js0Pa";
const NEW = "new-Qx1Lw9Rt5Yb7Nc2Mf4Hd6Js0PaZk3v8";
const OTHER = "other-9Rt5Yb7Nc2Mf4Hd6Js0PaZk3v8Qx1L";
const EMAIL = "ada@example.com";

/** Header and claims, unverified. */
const parts = (token: string | null) =>
  (token ?? "")
    .split(".", 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString("utf8")));

/** The site with other secrets over the same database, as after a restart. */
const restarted = (site: Site, variables: Record<string, string>) =>
  createSite({ BETTER_AUTH_SECRET: "", ...variables }, site.database);

describe("after a rotation", () => {
  let before: Site;
  let after: Site;
  let cookie: string;

  beforeEach(async () => {
    before = await createSite({ BETTER_AUTH_SECRET: OLD });
    cookie = cookiesOf(await before.signUp(EMAIL));
    after = await restarted(before, { BETTER_AUTH_SECRETS: `2:${NEW},1:${OLD}` });
  });

  test("a session goes on, its tokens and its cookie are the new secret's", async () => {
    const response = await after.get("/gatepass/token", cookie);
    expect(response.status).toBe(200);
    const [header] = parts((await response.json()).token);
    expect(header.kid).toBe("2");
    const [renewed] = response.headers.getSetCookie();
    expect(renewed).toMatch(/session_token=.*Max-Age=604800.*HttpOnly/);

    const alone = await restarted(before, { BETTER_AUTH_SECRETS: `2:${NEW}` });
    expect((await alone.get("/gatepass/token", cookie)).status).toBe(401);
    expect((await alone.get("/gatepass/token", cookiesOf(response))).status).toBe(200);
  });

  test("a page's own check finds the session too", async () => {
    const headers = new Headers({ Cookie: cookie });
    const session = await after.auth.api.getSession({ headers });
    expect(session?.user.email).toBe(EMAIL);
  });

  test("a secret of another library in the environment is no former one", async () => {
    vi.stubEnv("AUTH_SECRET", OLD);
    const alone = await restarted(before, { BETTER_AUTH_SECRETS: `2:${NEW}` });
    vi.unstubAllEnvs();
    expect((await alone.get("/gatepass/token", cookie)).status).toBe(401);
  });

  test("the single secret from before the ring counts as former", async () => {
    const ring = { BETTER_AUTH_SECRET: OLD, BETTER_AUTH_SECRETS: `2:${NEW}` };
    const legacy = await restarted(before, ring);
    expect((await legacy.get("/gatepass/token", cookie)).status).toBe(200);
  });

  test("a cookie that goes with the browser stays one", async () => {
    const brief = cookiesOf(await before.signIn(EMAIL, PASSWORD, false));
    const response = await after.get("/get-session", brief);
    expect(await response.json()).not.toBeNull();
    const cookies = response.headers.getSetCookie().join();
    expect(cookies).toMatch(/session_token=.*dont_remember=/);
    expect(cookies).not.toMatch(/Max-Age/);
  });

  test("a renewed cookie is no new session: no token in the header", async () => {
    const response = await after.get("/get-session", cookie);
    expect(response.headers.has("set-auth-jwt")).toBe(false);
  });

  test("what needs the password needs it with a former secret's cookie too", async () => {
    await before.signIn(EMAIL);
    const sessions = () => after.database.prepare("SELECT count(*) n FROM session").get()?.n;
    for (const path of NEEDS_PASSWORD) {
      const without = await after.post(path, {}, cookie);
      expect([path, (await without.json()).code]).toEqual([path, "PASSWORD_REQUIRED"]);
      const wrong = await after.post(path, { password: "not the password" }, cookie);
      expect([path, (await wrong.json()).code]).toEqual([path, "INVALID_PASSWORD"]);
    }
    expect(sessions()).toBe(2);
  });

  test("a wrong password is counted with a former secret's cookie too", async () => {
    const body = { currentPassword: "not the password", newPassword: "another long password" };
    expect((await after.post("/change-password", body, cookie)).status).toBe(400);
    const counted = after.database.prepare("SELECT count FROM rateLimit WHERE key LIKE 'guess|%'");
    expect(counted.all().map(({ count }) => count)).toEqual([1]);
  });

  test("a browser that has been signed in is still known", async () => {
    await after.signIn(EMAIL, "not the password");
    after.database.exec("UPDATE rateLimit SET count = 30 WHERE key LIKE 'guess|%'");
    expect((await after.signIn(EMAIL)).status).toBe(429);
    const credentials = { email: EMAIL, password: PASSWORD };
    const response = await after.post("/sign-in/email", credentials, cookie);
    expect(response.status).toBe(200);
    const alone = await restarted(before, { BETTER_AUTH_SECRETS: `2:${NEW}` });
    const signedIn = await alone.post("/sign-in/email", credentials, cookiesOf(response));
    expect(signedIn.status).toBe(200);
  });

  test("a session is ended by its id with a former secret's cookie too", async () => {
    const other = cookiesOf(await before.signIn(EMAIL));
    const { session } = await (await before.get("/get-session", other)).json();
    const ended = { id: session.id, password: PASSWORD };
    expect((await after.post("/revoke-session", ended, cookie)).status).toBe(200);
    expect((await after.get("/gatepass/token", other)).status).toBe(401);
  });

  test("a new sign-in over an old cookie gives the new session", async () => {
    const credentials = { email: EMAIL, password: PASSWORD };
    const response = await after.post("/sign-in/email", credentials, cookie);
    const [, claims] = parts(response.headers.get("set-auth-jwt"));
    expect(claims.email).toBe(EMAIL);
    const cookies = response.headers.getSetCookie().filter((line) => /session_token=/.test(line));
    const last = cookies.at(-1)?.split(";")[0] ?? "";
    const { session } = await (await after.get("/get-session", last)).json();
    const newest = after.database.prepare("SELECT id FROM session ORDER BY createdAt DESC").get();
    expect(session.id).toBe(newest?.id);
  });

  test("sign-out ends the session and clears the cookie", async () => {
    const response = await after.post("/sign-out", {}, cookie);
    expect(response.headers.getSetCookie().at(-1)).toMatch(/=;.*Max-Age=0/);
    expect((await after.get("/gatepass/token", cookie)).status).toBe(401);
  });

  test("a secret that is not in the ring signs nothing", async () => {
    const strange = await restarted(before, { BETTER_AUTH_SECRETS: `3:${NEW},2:${OTHER}` });
    expect((await strange.get("/gatepass/token", cookie)).status).toBe(401);
  });

  test("a forged cookie is refused", async () => {
    const forged = cookie.replace(/\..*$/, `.${"A".repeat(43)}%3D`);
    expect((await after.get("/gatepass/token", forged)).status).toBe(401);
  });
});

test("several copies, one after the other: all know the new secret before one signs with it", async () => {
  const before = await createSite({ BETTER_AUTH_SECRET: OLD });
  let cookie = cookiesOf(await before.signUp(EMAIL));
  const known = await restarted(before, { BETTER_AUTH_SECRETS: `1:${OLD},2:${NEW}` });
  const signing = await restarted(before, { BETTER_AUTH_SECRETS: `2:${NEW},1:${OLD}` });
  const visit = async (copy: Site) => {
    const response = await copy.get("/gatepass/token", cookie);
    expect(response.status).toBe(200);
    cookie = cookiesOf(response) || cookie;
  };
  for (const copy of [before, known, before, known, signing, known, signing, signing]) {
    await visit(copy);
  }
  expect((await before.get("/gatepass/token", cookie)).status).toBe(401);
});
