import { beforeAll, describe, expect, test } from "vitest";
import { isCommonPassword } from "../src/server/auth/common-passwords.ts";
import { handleAuth } from "../src/server/auth/handler.ts";
import { cookiePrefix } from "../src/server/config/cookie-prefix.ts";
import { cookiesOf, createSite, ORIGIN, PASSWORD, type Site } from "./site.ts";

let site: Site;

beforeAll(async () => {
  site = await createSite();
});

describe("a new password", () => {
  test.each([
    ["short12", "PASSWORD_TOO_SHORT"],
    [`no end ${"x".repeat(122)}`, "PASSWORD_TOO_LONG"],
    ["password123", "PASSWORD_TOO_COMMON"],
    ["QwertyUiop", "PASSWORD_TOO_COMMON"],
    ["1 2 3 4 5 6", "PASSWORD_TOO_COMMON"],
    ["ｐａｓｓｗｏｒｄ１", "PASSWORD_TOO_COMMON"],
    ["ＧＲＡＣＥ．Ｈｏｐｐｅｒ", "PASSWORD_TOO_COMMON"],
    ["abcabcabcabc", "PASSWORD_TOO_COMMON"],
    ["grace.hopper1!", "PASSWORD_TOO_COMMON"],
    ["Grace Hopper", "PASSWORD_TOO_COMMON"],
    ["Gatepass2026!", "PASSWORD_TOO_COMMON"],
  ])("%s is refused at sign-up: %s", async (password, code) => {
    const response = await site.signUp("grace.hopper@example.com", password, "Grace Hopper");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code, message: expect.any(String) });
  });

  test.each([
    "correct horse battery",
    `${"x".repeat(100)}yz`,
    "päßwörter-für-alle",
    "🦊🦊🐻🐻🐼🐼🦁🦁",
  ])("%s is taken", (password) => {
    expect(isCommonPassword(password, ["ada@example.com", "Ada"])).toBe(false);
  });

  test("is held to the same when changed; a change ends the other sessions, asked to or not", async () => {
    const first = cookiesOf(await site.signUp("change@example.com"));
    const second = cookiesOf(await site.signIn("change@example.com"));
    const change = (newPassword: string) =>
      site.post("/change-password", { currentPassword: PASSWORD, newPassword }, second);
    expect(await (await change("iloveyou1")).json()).toMatchObject({ code: "PASSWORD_TOO_COMMON" });
    const changed = await change("another long password");
    expect(changed.status).toBe(200);
    expect((await site.get("/gatepass/token", first)).status).toBe(401);
    expect((await site.get("/gatepass/token", cookiesOf(changed))).status).toBe(200);
  });
});

describe("a name", () => {
  test.each([
    ...["", "   ", "x".repeat(101), "a\u0000b", "a\nb", "\ud800", 7, null],
    ...[
      "\u200b",
      "\u200b \u2060",
      "\u00ad",
      "\u3164",
      "\u115f",
      "\u2800\u2800",
      "\u{e0041}",
      "\ufe0f",
    ],
  ])("%j is refused", async (name) => {
    const body = { name, email: "name@example.com", password: PASSWORD };
    expect((await site.post("/sign-up/email", body)).status).toBe(400);
  });

  test("is refused the same way when changed", async () => {
    const cookie = cookiesOf(await site.signUp("rename@example.com"));
    expect((await site.post("/update-user", { name: "" }, cookie)).status).toBe(400);
    expect((await site.post("/update-user", { name: "\u200e\u3164" }, cookie)).status).toBe(400);
    for (const name of ["李 🦊", "👩‍👩‍👧", "می‌خواهم", "❤️", "․"]) {
      expect((await site.post("/update-user", { name }, cookie)).status, name).toBe(200);
    }
  });
});

test("an email may be as long as mail can carry, and a pass stays short", async () => {
  const email = (length: number) => `${"x".repeat(length - 12)}@example.com`;
  expect((await site.signUp(email(254))).status).toBe(200);
  const refused = await site.signUp(email(255));
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: "INVALID_EMAIL" });
});

test.each(["\u0000", "a\ud800b"])("%j is refused in any field", async (text) => {
  const cookie = cookiesOf(await site.signUp(`text${text.length}@example.com`));
  const response = await site.post("/revoke-session", { token: text }, cookie);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code: "INVALID_TEXT" });
});

describe("deleting the account", () => {
  test("needs the password, a session is not enough", async () => {
    const cookie = cookiesOf(await site.signUp("leave@example.com"));
    expect((await site.post("/delete-user", {}, cookie)).status).toBe(400);
    expect((await site.post("/delete-user", { password: "" }, cookie)).status).toBe(400);
    expect((await site.post("/delete-user", { password: "wrong one" }, cookie)).status).toBe(400);
    expect((await site.signIn("leave@example.com")).status).toBe(200);
  });
});

describe("sessions", () => {
  test("the cookie is HttpOnly and Lax, and lasts as long as the session", async () => {
    const [cookie] = (await site.signUp("cookie@example.com")).headers.getSetCookie();
    expect(cookie).toMatch(/^better-auth\.session_token=/);
    expect(cookie).toContain("HttpOnly");
    expect(cookie).toContain("SameSite=Lax");
    expect(cookie).toContain("Max-Age=604800");
  });

  test.each(["https://tasks.example.com", "HTTPS://tasks.example.com"])(
    "at %s the cookie is Secure, and the pages look for it",
    async (url) => {
      const secure = await createSite({
        BETTER_AUTH_URL: url,
        NEXT_PUBLIC_API_BASE_URL: "https://api.example.com",
      });
      const [cookie] = (
        await secure.send("/sign-up/email", {
          method: "POST",
          headers: { "Content-Type": "application/json", Origin: "https://tasks.example.com" },
          body: JSON.stringify({ name: "Ada", email: "ada@example.com", password: PASSWORD }),
        })
      ).headers.getSetCookie();
      expect(cookie).toMatch(/^__Host-better-auth\.session_token=.*; Path=\/; HttpOnly; Secure/);
      expect(cookie).toMatch(new RegExp(`^${cookiePrefix(url)}\\.`));
    },
  );

  test("not remembered: the cookie goes with the browser, the session is never longer", async () => {
    const brief = await createSite({ SESSION_EXPIRES_IN: "60" });
    await brief.signUp("ada@example.com");
    brief.database.exec("DELETE FROM session");
    const response = await brief.signIn("ada@example.com", PASSWORD, false);
    expect(response.headers.getSetCookie().join()).not.toMatch(/Max-Age=[1-9]/);
    const row = brief.database.prepare("SELECT expiresAt FROM session").get();
    expect(Date.parse(String(row?.expiresAt))).toBeLessThanOrEqual(Date.now() + 60_000);
  });

  test("the list of sessions is there for an old session too", async () => {
    const cookie = cookiesOf(await site.signUp("list@example.com"));
    site.database.exec("UPDATE session SET createdAt = '2026-01-01T00:00:00.000Z'");
    const response = await site.get("/list-sessions", cookie);
    expect(response.status).toBe(200);
    expect(await response.json()).toHaveLength(1);
  });
});

test("a database that is away is a 503 for everything, and no sign-out", async () => {
  const away = await createSite();
  const cookie = cookiesOf(await away.signUp("ada@example.com"));
  away.database.close();
  for (const path of ["/gatepass/token", "/get-session"]) {
    const request = new Request(`${ORIGIN}/api/auth${path}`, { headers: { Cookie: cookie } });
    const response = await handleAuth(request, away.auth);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("2");
    expect(response.headers.getSetCookie()).toEqual([]);
  }
});
