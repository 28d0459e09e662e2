import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as route from "../src/app/api/forms/[form]/route.ts";
import { isNativeForm, type NativeForm, submitForm } from "../src/server/auth/native-forms.ts";
import { CLIENT_ADDRESS_HEADER } from "../src/server/config/client-address.ts";
import { problemOfCode } from "../src/session/auth-error-texts.ts";
import { cookiesOf, createSite, ORIGIN, PASSWORD, type Site } from "./site.ts";

const EMAIL = "ada@example.com";
let site: Site;

function submit(form: NativeForm, fields: Record<string, string>, headers: HeadersInit = {}) {
  const request = new Request(`${ORIGIN}/api/forms/${form}`, {
    method: "POST",
    headers: {
      Origin: ORIGIN,
      "Sec-Fetch-Site": "same-origin",
      "Sec-Fetch-Mode": "navigate",
      [CLIENT_ADDRESS_HEADER]: "192.0.2.200",
      ...headers,
    },
    body: new URLSearchParams(fields),
  });
  return submitForm(form, request, site.auth);
}

const locationOf = (response: Response) => response.headers.get("location") ?? "";

beforeEach(async () => {
  site = await createSite();
  await site.signUp(EMAIL);
});

afterEach(() => vi.useRealTimers());

describe("sign-in", () => {
  test("answers 303 to the dashboard with the session cookie", async () => {
    const response = await submit("sign-in", {
      email: EMAIL,
      password: PASSWORD,
      rememberMe: "on",
    });
    expect(response.status).toBe(303);
    expect(locationOf(response)).toBe("/dashboard");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.getSetCookie().join()).toMatch(/session_token=.*Max-Age=604800/);
    expect((await site.get("/gatepass/token", cookiesOf(response))).status).toBe(200);
  });

  test("answers 303 to where the person wanted to go, on this site only", async () => {
    const fields = { email: EMAIL, password: PASSWORD };
    const wanted = await submit("sign-in", { ...fields, next: "/dashboard?status=done" });
    expect(locationOf(wanted)).toBe("/dashboard?status=done");
    const foreign = await submit("sign-in", { ...fields, next: "//evil.example" });
    expect(locationOf(foreign)).toBe("/dashboard");
  });

  test("without the checkbox the cookie goes with the browser", async () => {
    const response = await submit("sign-in", { email: EMAIL, password: PASSWORD });
    expect(response.headers.getSetCookie().join()).not.toContain("Max-Age=604800");
  });

  test("a wrong password goes back to the form with a code, never with what was typed", async () => {
    const response = await submit("sign-in", {
      email: EMAIL,
      password: "hunter2",
      next: "/account",
    });
    expect(response.status).toBe(303);
    expect(locationOf(response)).toBe("/login?error=INVALID_EMAIL_OR_PASSWORD&next=%2Faccount");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("the rate limit holds, with the wait", async () => {
    vi.useFakeTimers({ toFake: ["Date"] }); // within its ten seconds, however long hashes take
    const fields = { email: EMAIL, password: "hunter2" };
    for (let i = 0; i < 3; i++) await submit("sign-in", fields);
    expect(locationOf(await submit("sign-in", fields))).toMatch(
      /^\/login\?error=TOO_MANY_REQUESTS&wait=\d+$/,
    );
  });
});

describe("sign-up", () => {
  test("answers 303 with the session cookie", async () => {
    const fields = { name: "Eve", email: "eve@example.com", password: PASSWORD };
    const response = await submit("sign-up", fields);
    expect(locationOf(response)).toBe("/dashboard");
    expect(response.headers.getSetCookie().join()).toContain("session_token=");
  });

  test.each([
    [{ email: EMAIL }, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"],
    [{ password: "password1" }, "PASSWORD_TOO_COMMON"],
    [{ password: "short" }, "PASSWORD_TOO_SHORT"],
    [{ name: "" }, "INVALID_NAME"],
  ])("%j goes back to the form with %s", async (wrong, code) => {
    const fields = { name: "Eve", email: "eve@example.com", password: PASSWORD, ...wrong };
    expect(locationOf(await submit("sign-up", fields))).toBe(`/signup?error=${code}`);
  });
});

test("an email of a wrong form is told at its field", async () => {
  const fields = { name: "Eve", email: "ünï@example.com", password: PASSWORD };
  for (const form of ["sign-in", "sign-up"] as const) {
    const query = new URL(locationOf(await submit(form, fields)), ORIGIN).searchParams;
    expect(problemOfCode(query.get("error") ?? "").field).toBe("email");
  }
});

describe("sign-out", () => {
  test("ends the session and clears the cookie", async () => {
    const cookie = cookiesOf(await submit("sign-in", { email: EMAIL, password: PASSWORD }));
    const response = await submit("sign-out", {}, { Cookie: cookie });
    expect(locationOf(response)).toBe("/login?reason=signed-out");
    expect(response.headers.getSetCookie().join()).toMatch(/session_token=;.*Max-Age=0/);
    expect((await site.get("/gatepass/token", cookie)).status).toBe(401);
  });
});

describe("a post from another site is refused", () => {
  const fields = { email: EMAIL, password: PASSWORD };

  test.each([
    ["a foreign origin", { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }],
    ["no origin", { Origin: "null", "Sec-Fetch-Site": "cross-site" }],
    ["an old browser's foreign origin", { Origin: "https://evil.example", "Sec-Fetch-Site": "" }],
    ["a foreign origin with a cookie", { Origin: "https://evil.example", Cookie: "a=b" }],
  ])("%s", async (_name, headers) => {
    const response = await submit("sign-in", fields, headers);
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("sign-out", async () => {
    const cookie = cookiesOf(await submit("sign-in", fields));
    const headers = { Cookie: cookie, Origin: "https://evil.example" };
    expect((await submit("sign-out", {}, headers)).status).toBe(403);
    expect((await site.get("/gatepass/token", cookie)).status).toBe(200);
  });
});

test("takes forms only, and only the three", async () => {
  const json = { "Content-Type": "application/json" };
  expect((await submit("sign-in", {}, json)).status).toBe(415);
  expect(isNativeForm("sign-in")).toBe(true);
  expect(isNativeForm("constructor")).toBe(false);
});

test("what is no form of this site is told in the usual shape", async () => {
  const request = new Request(`${ORIGIN}/api/forms/nope`, { method: "POST" });
  const unknown = await route.POST(request, { params: Promise.resolve({ form: "nope" }) });
  expect(await unknown.json()).toMatchObject({ status_code: 404, error_type: "not_found_error" });
});
