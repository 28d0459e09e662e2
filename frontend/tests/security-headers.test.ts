import { NextRequest } from "next/server";
import { describe, expect, test } from "vitest";
import { proxy } from "../src/proxy.ts";
import { contentSecurityPolicy, securityHeaders } from "../src/server/http/security-headers.ts";

const policyOf = (text: string) =>
  new Map(
    text.split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources] as const;
    }),
  );

describe("the Content-Security-Policy", () => {
  const policy = policyOf(contentSecurityPolicy("abc", "https://api.example.com", false));

  test("in production lets no inline or evaluated script run, and no inline style", () => {
    expect(policy.get("script-src")).toEqual(["'self'", "'nonce-abc'", "'strict-dynamic'"]);
    expect(policy.get("style-src")).toEqual(["'self'", "'nonce-abc'"]);
  });

  test("lets the browser talk to this site and the API alone", () => {
    expect(policy.get("connect-src")).toEqual(["'self'", "https://api.example.com"]);
  });

  test.each([
    ["default-src", "'none'"],
    ["object-src", "'none'"],
    ["base-uri", "'none'"],
    ["frame-ancestors", "'none'"],
    ["form-action", "'self'"],
  ])("%s %s", (directive, source) => {
    expect(policy.get(directive)).toEqual([source]);
  });
});

describe("the headers of every answer", () => {
  test("nothing may be loaded or framed where the proxy says nothing else", () => {
    const policy = policyOf(securityHeaders(false)["Content-Security-Policy"] ?? "");
    expect(policy.get("default-src")).toEqual(["'none'"]);
    expect(policy.get("frame-ancestors")).toEqual(["'none'"]);
  });

  test("HSTS comes with https only", () => {
    expect(securityHeaders(true)["Strict-Transport-Security"]).toMatch(/^max-age=\d{8}/);
    expect(securityHeaders(false)).not.toHaveProperty("Strict-Transport-Security");
  });

  test("forms keep their Origin: the referrer policy is not no-referrer", () => {
    expect(securityHeaders(false)["Referrer-Policy"]).toBe("same-origin");
  });
});

describe("the proxy", () => {
  const visit = (path: string, cookie = "") =>
    proxy(new NextRequest(`http://localhost:3000${path}`, { headers: { Cookie: cookie } }));

  test.each(["/dashboard", "/account", "/dashboard/x"])("%s needs a cookie", (path) => {
    const response = visit(`${path}?status=open`);
    expect(response.status).toBe(307);
    const location = new URL(response.headers.get("location") ?? "");
    expect(location.pathname).toBe("/login");
    expect(location.searchParams.get("next")).toBe(`${path}?status=open`);
  });

  test.each(["/", "/login", "/signup", "/dashboards"])("%s does not", (path) => {
    expect(visit(path).status).toBe(200);
  });

  test.each(["better-auth.session_token=x.y", "__Secure-better-auth.session_token=x.y"])(
    "%s is enough here; the page decides",
    (cookie) => {
      expect(visit("/dashboard", cookie).status).toBe(200);
    },
  );

  test("each answer has a nonce of its own, in the policy and for the page", () => {
    const [one, two] = [visit("/login"), visit("/login")].map((response) => {
      const nonce = response.headers.get("x-middleware-request-x-nonce") ?? "";
      expect(nonce).toMatch(/^[\w+/=-]{22,}$/);
      expect(response.headers.get("content-security-policy")).toContain(`'nonce-${nonce}'`);
      return nonce;
    });
    expect(one).not.toBe(two);
  });
});
