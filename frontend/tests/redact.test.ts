import { describe, expect, test } from "vitest";
import { redact } from "../src/server/http/redact.ts";

const TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

describe("what must not be logged", () => {
  test.each([
    [{ cookie: "better-auth.session_token=hunter2" }],
    [{ headers: { "set-cookie": ["a=hunter2"], "set-auth-jwt": "hunter2" } }],
    [{ headers: { Authorization: "Bearer hunter2" } }],
    [{ body: { password: "hunter2", newPassword: "hunter2", currentPassword: "hunter2" } }],
    [{ BETTER_AUTH_SECRET: "hunter2", session: { token: "hunter2" } }],
    [{ message: "sent Bearer hunter2 along" }],
    [{ message: "postgresql://user:hunter2@db:5432/auth is away" }],
    [{ url: "/login?password=hunter2&next=/" }],
    [{ url: "/verify?a=1&token=hunter2" }],
    [{ error: new Error("Bearer hunter2", { cause: new Error("x?secret=hunter2") }) }],
    [{ details: [{ deep: { cookie: "hunter2" } }] }],
  ])("%j", (fields) => {
    expect(JSON.stringify(redact(fields))).not.toContain("hunter2");
  });

  test("a token anywhere in a text", () => {
    const text = JSON.stringify(redact({ a: `x ${TOKEN} y`, b: [TOKEN], c: new Error(TOKEN) }));
    expect(text).not.toMatch(/eyJ|c2lnbm/);
  });
});

describe("what may be logged stays readable", () => {
  test("the rest of a request", () => {
    const fields = { method: "GET", url: "/dashboard?status=open", status: 200, durationMs: 1.5 };
    expect(redact(fields)).toEqual(fields);
  });

  test("the next path beside a secret", () => {
    expect(redact("/login?password=x&next=/a")).toBe("/login?password=[redacted]&next=/a");
  });

  test("an error: name, message, code and stack", () => {
    const error = Object.assign(new TypeError("no route"), { code: "EHOSTUNREACH" });
    expect(redact(error)).toMatchObject({
      name: "TypeError",
      message: "no route",
      code: "EHOSTUNREACH",
      stack: expect.stringContaining("redact.test.ts"),
    });
  });

  test("circles and long texts come to an end", () => {
    const circle: Record<string, unknown> = { text: "x".repeat(10_000) };
    circle.self = circle;
    expect(JSON.stringify(redact(circle)).length).toBeLessThan(20_000);
  });
});
