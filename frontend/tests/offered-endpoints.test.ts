import { beforeAll, describe, expect, test } from "vitest";
import { cookiesOf, createSite, type Site } from "./site.ts";

const OFFERED = [
  "GET /gatepass/token",
  "GET /get-session",
  "GET /list-sessions",
  "GET /ok",
  "POST /change-password",
  "POST /delete-user",
  "POST /revoke-other-sessions",
  "POST /revoke-session",
  "POST /revoke-sessions",
  "POST /sign-in/email",
  "POST /sign-out",
  "POST /sign-up/email",
  "POST /update-user",
];

let site: Site;

beforeAll(async () => {
  site = await createSite();
});

const ask = (endpoint: string, cookie = "") => {
  const [method = "", path = ""] = endpoint.split(" ");
  return method === "GET" ? site.get(path, cookie) : site.post(path, {}, cookie);
};

test("of all that Better Auth and its plugins have, only this is offered", async () => {
  const cookie = cookiesOf(await site.signUp("list@example.com"));
  const endpoints = Object.values(site.auth.api).flatMap(({ path, options }) =>
    [options.method].flat().map((method) => `${method} ${path?.replace(/:\w+/, "x")}`),
  );
  expect(endpoints.length).toBeGreaterThan(OFFERED.length);
  for (const endpoint of endpoints) {
    const { status } = await ask(endpoint, cookie);
    if (OFFERED.includes(endpoint)) expect(status, endpoint).not.toBe(404);
    else expect([404, 405], endpoint).toContain(status);
  }
});

test.each(OFFERED.filter((endpoint) => endpoint.startsWith("GET ")))(
  "HEAD is answered as %s is",
  async (endpoint) => {
    const cookie = cookiesOf(await site.signIn("list@example.com"));
    const path = endpoint.slice("GET ".length);
    for (const as of [cookie, ""]) {
      const head = await site.send(path, { method: "HEAD", headers: { Cookie: as } });
      expect(head.status).toBe((await site.get(path, as)).status);
    }
  },
);

test.each(["GET /ok/", "GET //ok", "GET /%6fk", "GET /OK", "GET /reference"])(
  "%s is no way round",
  async (endpoint) => {
    expect((await ask(endpoint)).status).toBe(404);
  },
);

describe("a pass is no other token", () => {
  test("it does not verify an email", async () => {
    const pass = (await site.signUp("mail@example.com")).headers.get("set-auth-jwt");
    expect((await site.get(`/verify-email?token=${pass}`)).status).toBe(404);
    const row = site.database.prepare("SELECT emailVerified FROM user WHERE email = ?");
    expect(row.get("mail@example.com")).toEqual({ emailVerified: 0 });
  });
});
