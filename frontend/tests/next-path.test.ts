import { describe, expect, test } from "vitest";
import { HOME, safeNext } from "../src/server/auth/next-path.ts";

describe("paths of this site are kept", () => {
  test.each([
    "/dashboard",
    "/dashboard?status=open&q=a%20b#top",
    "/account",
    "/a?to=https://example.com/x",
    "/caf%C3%A9",
    "/a/%2F/b",
    "/logins",
  ])("%s", (path) => {
    expect(safeNext(path)).toBe(path);
  });
});

describe("everything else becomes the dashboard", () => {
  test.each([
    undefined,
    null,
    7,
    ["/dashboard"],
    "",
    "dashboard",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\u0000/evil.example",
    "/x/..//evil.example",
    "/.//evil.example",
    "/%2e//evil.example",
    "/x/%2E%2e//evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.example",
    ".evil.example",
    "/api/auth/sign-out",
    "/api",
    "/login",
    "/login?next=/login",
    "/signup/",
    "/x/../api/forms/sign-out",
    `/${"x".repeat(3000)}`,
    `/${"é".repeat(1900)}`,
  ])("%j", (value) => {
    expect(safeNext(value)).toBe(HOME);
  });
});

test("where a browser would go is always this site", () => {
  const pieces = ["/", "\\", "..", "%2e", "%2f", "%5c", "@", ":", "?", "#", "\t", "evil.example"];
  for (const a of pieces)
    for (const b of pieces)
      for (const c of pieces)
        for (const d of pieces) {
          const next = safeNext(`/${a}${b}${c}${d}`);
          expect(new URL(next, "https://our.example").origin).toBe("https://our.example");
        }
});
