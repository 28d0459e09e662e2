import { beforeEach, describe, expect, test } from "vitest";
import { cookiesOf, createSite, opened, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";

describe("the header set-auth-jwt", () => {
  let site: Site;

  beforeEach(async () => {
    site = await createSite();
  });

  test("comes with sign-up, is exposed and not stored", async () => {
    const response = await site.signUp(EMAIL);
    const { claims } = await opened(response.headers.get("set-auth-jwt") ?? "");
    expect(claims).toMatchObject({ sub: (await response.json()).user.id, email: EMAIL });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("access-control-expose-headers")).toContain("set-auth-jwt");
  });

  test("comes with sign-in, also over a session that is already there", async () => {
    const cookie = cookiesOf(await site.signUp(EMAIL));
    const fresh = await site.signIn(EMAIL);
    await opened(fresh.headers.get("set-auth-jwt") ?? "");
    const again = await site.post("/sign-in/email", { email: EMAIL, password: PASSWORD }, cookie);
    await opened(again.headers.get("set-auth-jwt") ?? "");
  });

  test("names the user who signed in, not the one who was there", async () => {
    const ada = cookiesOf(await site.signUp(EMAIL));
    await site.signUp("eve@example.com");
    const credentials = { email: "eve@example.com", password: PASSWORD };
    const response = await site.post("/sign-in/email", credentials, ada);
    const { claims } = await opened(response.headers.get("set-auth-jwt") ?? "");
    expect(claims.email).toBe("eve@example.com");
  });

  test.each([
    ["a wrong password", () => site.signIn(EMAIL, "not the password"), 401],
    ["an unknown user", () => site.signIn("nobody@example.com"), 401],
    ["a taken email", () => site.signUp(EMAIL), 422],
    ["an invalid email", () => site.signUp("nonsense"), 400],
  ])("does not come with %s", async (_name, act, status) => {
    await site.signUp(EMAIL);
    const response = await act();
    expect(response.status).toBe(status);
    expect(response.headers.has("set-auth-jwt")).toBe(false);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("does not come with get-session, not even when that prolongs the session", async () => {
    const cookie = cookiesOf(await site.signUp(EMAIL));
    expect((await site.get("/get-session", cookie)).headers.has("set-auth-jwt")).toBe(false);

    const old = new Date(Date.now() + 2 * 86_400_000).toISOString();
    site.database.exec(`UPDATE session SET expiresAt = '${old}'`);
    const prolonged = await site.get("/get-session", cookie);
    expect(prolonged.headers.getSetCookie().join()).toContain("session_token");
    expect(prolonged.headers.has("set-auth-jwt")).toBe(false);
  });

  test("does not come with a changed name or with sign-out", async () => {
    const cookie = cookiesOf(await site.signUp(EMAIL));
    const renamed = await site.post("/update-user", { name: "Countess" }, cookie);
    expect(renamed.status).toBe(200);
    expect(renamed.headers.has("set-auth-jwt")).toBe(false);
    const gone = await site.post("/sign-out", {}, cookie);
    expect(gone.headers.has("set-auth-jwt")).toBe(false);
  });

  test("does not come for a user who is not active", async () => {
    await site.signUp(EMAIL);
    site.database.exec("UPDATE user SET deactivatedAt = '2026-01-01T00:00:00.000Z'");
    expect((await site.signIn(EMAIL)).headers.has("set-auth-jwt")).toBe(false);
  });
});
