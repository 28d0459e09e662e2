import { beforeAll, describe, expect, test, vi } from "vitest";
import { cookiesOf, createSite, ORIGIN, PASSWORD, type Site } from "./site.ts";

/** Every endpoint that takes fields, with a good value for each. */
const BODIES: Record<string, Record<string, unknown>> = {
  "/sign-in/email": { email: "ada@example.com", password: PASSWORD, rememberMe: true },
  "/sign-up/email": { name: "Ada", email: "new@example.com", password: PASSWORD, rememberMe: true },
  "/change-password": {
    currentPassword: PASSWORD,
    newPassword: PASSWORD,
    revokeOtherSessions: true,
  },
  "/delete-user": { password: PASSWORD },
  "/revoke-session": { id: "x".repeat(32), password: PASSWORD },
  "/revoke-sessions": { password: PASSWORD },
  "/revoke-other-sessions": { password: PASSWORD },
  "/sign-out": {},
  "/update-user": { name: "Ada" },
};
const QUERIES = ["/get-session", "/gatepass/token", "/list-sessions", "/ok"];

const LONG = 60_000;
const BAD: unknown[] = [
  null,
  7,
  [],
  {},
  { length: 1 },
  ["text"],
  "x".repeat(LONG),
  " ".repeat(LONG),
  "a\u0000b",
  "a\ud800b",
];

let site: Site;
let cookie: string;

beforeAll(async () => {
  site = await createSite();
  cookie = cookiesOf(await site.signUp("ada@example.com"));
});

const fields = Object.entries(BODIES).flatMap(([path, body]) =>
  Object.keys(body).map((field) => [path, field] as const),
);

test.each(fields)("%s: %s has a type and a length", async (path, field) => {
  for (const value of BAD) {
    const response = await site.post(path, { ...BODIES[path], [field]: value }, cookie);
    const said = `${path} ${field}=${JSON.stringify(value).slice(0, 20)}`;
    expect(response.status, said).toBe(400);
    expect(await response.json(), said).toMatchObject({ code: expect.any(String) });
  }
});

describe("a field that is not offered is refused", () => {
  test.each(Object.keys(BODIES))("by %s", async (path) => {
    for (const field of [
      "image",
      "callbackURL",
      "emailVerified",
      "id",
      "__proto__",
      "constructor",
    ]) {
      if (Object.hasOwn(BODIES[path] ?? {}, field)) continue;
      const body = `{${JSON.stringify(field)}: "/x"}`;
      const response = await site.postText(path, body, cookie);
      expect(response.status, field).toBe(400);
    }
  });

  test.each(QUERIES)("by %s", async (path) => {
    expect((await site.get(`${path}?callbackURL=/x`, cookie)).status).toBe(400);
    expect((await site.get(`${path}?__proto__=x`, cookie)).status).toBe(400);
    expect((await site.get(`${path}?disableRefresh=${"x".repeat(2000)}`, cookie)).status).toBe(400);
  });

  test.each(["[]", "7", '"text"'])("a body %s", async (body) => {
    expect((await site.postText("/update-user", body, cookie)).status).toBe(400);
  });
});

test("a body that breaks off is the sender's fault, and no fault of ours in the log", async () => {
  const written = vi.spyOn(process.stderr, "write");
  const body = new ReadableStream({ start: (stream) => stream.error(new Error("aborted")) });
  const headers = { "Content-Type": "application/json", Origin: ORIGIN };
  const init = { method: "POST", headers, body, duplex: "half" } satisfies RequestInit & {
    duplex: string;
  };
  const response = await site.send("/sign-in/email", init);
  expect(response.status).toBe(400);
  expect(written).not.toHaveBeenCalledWith(expect.stringContaining('"error"'));
});

test("a name is kept without the spaces around it", async () => {
  expect((await site.post("/update-user", { name: "  Ada King " }, cookie)).status).toBe(200);
  const row = site.database.prepare("SELECT name FROM user WHERE email = 'ada@example.com'");
  expect(row.get()).toEqual({ name: "Ada King" });
});
