import { beforeEach, expect, test } from "vitest";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";
const DAY = 86_400_000;

let site: Site;
let here: string;

beforeEach(async () => {
  site = await createSite();
  here = cookiesOf(await site.signUp(EMAIL));
});

/** Rows as other sign-ins of the first user leave them, of the ids `{begin}0`, `{begin}1`, … */
function addSessions(begin: string, count: number, expiresAt: number): void {
  const insert = site.database.prepare(`
    INSERT INTO session (id, token, expiresAt, createdAt, updatedAt, userId)
    SELECT :id, 'token of ' || :id, :ends, :now, :now, id FROM user LIMIT 1`);
  const now = new Date().toISOString();
  for (let i = 0; i < count; i++) {
    insert.run({ id: `${begin}${i}`, ends: new Date(expiresAt).toISOString(), now });
  }
}

function ids(): unknown[] {
  return site.database.prepare("SELECT id FROM session").all().flatMap(Object.values);
}

test("all others end, also when they are more than a query returns", async () => {
  addSessions("other", 250, Date.now() + DAY);
  expect((await site.post("/revoke-other-sessions", { password: PASSWORD }, here)).status).toBe(
    200,
  );
  expect(ids()).toHaveLength(1);
  expect((await site.get("/gatepass/token", here)).status).toBe(200);
});

test.each([
  ["/revoke-sessions", { password: PASSWORD }],
  ["/change-password", { currentPassword: PASSWORD, newPassword: "another long password" }],
])("%s leaves none of them either", async (path, body) => {
  addSessions("other", 250, Date.now() + DAY);
  const response = await site.post(path, body, here);
  expect(response.status).toBe(200);
  expect(ids()).toHaveLength(path === "/change-password" ? 1 : 0);
});

test("of another user none ends", async () => {
  const eve = cookiesOf(await site.signUp("eve@example.com"));
  await site.post("/revoke-other-sessions", { password: PASSWORD }, here);
  expect((await site.get("/gatepass/token", eve)).status).toBe(200);
});

test("one ends by its id, however many rows come before it", async () => {
  addSessions("over", 120, Date.now() - DAY);
  addSessions("stranger", 1, Date.now() + DAY);
  const body = { id: "stranger0", password: PASSWORD };
  expect((await site.post("/revoke-session", body, here)).status).toBe(200);
  expect(ids()).not.toContain("stranger0");
});

test("an id that names no session of one's own is a 404, and no guess", async () => {
  const eve = cookiesOf(await site.signUp("eve@example.com"));
  const { session } = await (await site.get("/get-session", eve)).json();
  for (const id of [session.id, "unknown", "", undefined]) {
    const response = await site.post("/revoke-session", { id, password: PASSWORD }, here);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "SESSION_NOT_FOUND" });
  }
  expect((await site.get("/gatepass/token", eve)).status).toBe(200);
  const counted = site.database.prepare("SELECT count FROM rateLimit WHERE key LIKE 'guess|%'");
  expect(counted.all()).toEqual([{ count: 0 }]);
});

test("signing in sweeps the user's sessions that are over, and no others", async () => {
  await site.signUp("eve@example.com");
  const over = new Date(Date.now() - DAY).toISOString();
  site.database.prepare("UPDATE session SET expiresAt = ?").run(over);
  addSessions("living", 1, Date.now() + DAY);
  expect((await site.signIn(EMAIL)).status).toBe(200);
  // Eve's, the living one and the new one.
  expect(ids()).toHaveLength(3);
  expect(ids()).toContain("living0");
});
