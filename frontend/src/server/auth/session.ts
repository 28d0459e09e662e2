import "server-only";
import { isAPIError } from "better-auth/api";
import { DEACTIVATED, mintToken } from "gatepass/server";
import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import { readApiUrls } from "../config/config.ts";
import { requestScope } from "../http/request-scope.ts";
import { type Auth, getAuth } from "./auth.ts";
import { isActive } from "./deactivation.ts";
import { believing, DatabaseUnavailable } from "./outage.ts";

interface Session {
  /** As a page may show them; the session's own token stays here. */
  user: { id: string; name: string; email: string };
  /** Names this session among `list-sessions`; it is no credential. */
  sessionId: string;
}

/** How long a page waits for the backend, in milliseconds. */
const API_TIMEOUT = 3000;

/**
 * A page cannot set cookies, so it must not prolong the session in the database either; the
 * browser's next request to `/api/auth` prolongs both.
 */
export const READ_ONLY = { query: { disableRefresh: true } };

/**
 * The session behind this request's cookie, read from the database once per request; `null`
 * when there is none.
 *
 * @throws {DatabaseUnavailable} that is a page of status 503, not a sign-out
 */
export const getSession = cache(async (): Promise<Session | null> => {
  const incoming = { headers: await headers(), ...READ_ONLY };
  const found = await ask((api) => api.getSession(incoming));
  if (!found || !isActive(found.user)) return null;
  const { id, name, email } = found.user;
  return { user: { id, name, email }, sessionId: found.session.id };
});

/**
 * The pass of this request's user, made in process once per request.
 *
 * @throws {APIError} 401 without a session (code `ACCOUNT_DEACTIVATED` where that is why)
 * @throws {DatabaseUnavailable}
 */
const passOfRequest = cache(async (): Promise<string> => {
  const incoming = await headers();
  return ask(() => mintToken(getAuth(), incoming));
});

/**
 * Asks Better Auth on behalf of a page. A page that its database could not answer is a 503.
 *
 * @throws {DatabaseUnavailable}
 */
export async function ask<T>(question: (api: Auth["api"]) => Promise<T>): Promise<T> {
  try {
    return await believing(() => question(getAuth().api));
  } catch (error) {
    const scope = requestScope.getStore();
    if (scope && error instanceof DatabaseUnavailable) scope.unavailable = true;
    throw error;
  }
}

/**
 * The session, or the way to the login page and back to `path`.
 *
 * @param path - where to return to after signing in, e.g. `/dashboard?status=open`
 */
export async function requireSession(path: string): Promise<Session> {
  const reason = await endReason();
  const session = reason ? null : await getSession();
  if (session) return session;
  const query = new URLSearchParams({ ...(reason && { reason }), next: path });
  redirect(`/login?${query}`);
}

/** Why there is no session: asked of the issuer first, because reading the session forgets it. */
async function endReason(): Promise<"expired" | "deactivated" | "" | undefined> {
  try {
    await passOfRequest();
    return undefined;
  } catch (error) {
    // Not instanceof: the page may be bundled with a class of its own.
    if (!isAPIError(error)) throw error;
    if (error.body?.code === DEACTIVATED.code) return "deactivated";
    if (error.statusCode !== 401) throw error;
    return (await cookies()).getAll().some(({ name }) => name.endsWith(".session_token"))
      ? "expired"
      : "";
  }
}

/**
 * Asks the backend as this request's user, at its internal address.
 *
 * @param path - begins with a slash, e.g. `/api/me`
 * @throws {TypeError | DOMException} when the backend is away or slower than 3 s
 */
export async function apiFetch(path: string): Promise<Response> {
  const [pass, incoming] = [await passOfRequest(), await headers()];
  const requestId = incoming.get("x-request-id");
  return fetch(readApiUrls().apiInternalUrl + path, {
    cache: "no-store",
    redirect: "error",
    signal: AbortSignal.timeout(API_TIMEOUT),
    headers: { Authorization: `Bearer ${pass}`, ...(requestId && { "X-Request-ID": requestId }) },
  });
}
