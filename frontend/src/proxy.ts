import { getSessionCookie } from "better-auth/cookies";
import { type NextRequest, NextResponse } from "next/server";
import { safeNext } from "./server/auth/next-path.ts";
import { readApiUrls } from "./server/config/config.ts";
import { cookiePrefix } from "./server/config/cookie-prefix.ts";
import { SIGNED_IN_PAGES } from "./server/config/signed-in-pages.ts";
import { contentSecurityPolicy } from "./server/http/security-headers.ts";

const needsSession = (path: string) =>
  SIGNED_IN_PAGES.some((page) => path === page || path.startsWith(`${page}/`));

/**
 * Runs before every page. Sends visitors without a session cookie to the login page, as a hint
 * that saves a round trip: a forged cookie passes here, the page itself decides. Gives the page
 * its nonce, in the request header `x-nonce` and in the Content-Security-Policy.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const cookies = { cookiePrefix: cookiePrefix(process.env.BETTER_AUTH_URL ?? "") };
  if (needsSession(pathname) && !getSessionCookie(request, cookies)) {
    const login = request.nextUrl.clone();
    login.pathname = "/login";
    login.search = new URLSearchParams({ next: safeNext(pathname + search) }).toString();
    return NextResponse.redirect(login);
  }

  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const apiOrigin = new URL(readApiUrls().apiBaseUrl).origin;
  const policy = contentSecurityPolicy(nonce, apiOrigin, process.env.NODE_ENV !== "production");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("Content-Security-Policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

export const config = {
  matcher: ["/((?!api/|_next/static/|icon\\.svg$).*)"],
};
