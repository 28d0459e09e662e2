import { expect, test } from "vitest";
import { cookiesOf, createSite, PASSWORD } from "./site.ts";

const CHANGE = { currentPassword: PASSWORD, newPassword: "another long password" };

/** A site whose user is deleted by somebody else in the very moment that `statement` comes. */
async function siteOfEnding(statement: string) {
  const site = await createSite();
  const cookie = cookiesOf(await site.signUp("ada@example.com"));
  site.database.exec("UPDATE session SET expiresAt = datetime('now', '+1 day')"); // to be prolonged
  site.database.exec(`CREATE TRIGGER ends BEFORE ${statement} BEGIN DELETE FROM user; END`);
  return { ...site, cookie };
}

test("a sign-in that meets the end of its account is refused like one that comes after it", async () => {
  const site = await siteOfEnding("INSERT ON session");
  const response = await site.signIn("ada@example.com");
  expect(response.status).toBe(401);
  const after = await site.signIn("ada@example.com");
  expect(await response.json()).toMatchObject(await after.json());
  expect(response.headers.getSetCookie()).toEqual([]);
  expect(response.headers.get("set-auth-jwt")).toBeNull();
});

test.each([
  ["INSERT ON session", "/change-password", CHANGE],
  ["UPDATE ON account", "/change-password", CHANGE],
  ["DELETE ON session", "/change-password", CHANGE],
  ["UPDATE ON user", "/update-user", { name: "Grace" }],
  ["DELETE ON session", "/revoke-other-sessions", { password: PASSWORD }],
  ["DELETE ON session", "/revoke-sessions", { password: PASSWORD }],
  ["DELETE ON session", "/sign-out", {}],
  ["UPDATE ON session", "/gatepass/token", undefined],
  ["UPDATE ON session", "/get-session", undefined],
])("an end at %s is no fault of %s", async (statement, path, body) => {
  const site = await siteOfEnding(statement);
  const response = await (body ? site.post(path, body, site.cookie) : site.get(path, site.cookie));
  expect(response.status).toBeLessThan(500);
});
