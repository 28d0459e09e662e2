import type { GenericEndpointContext } from "better-auth";
import { APIError, createAuthMiddleware } from "better-auth/api";
import { decodeJwt } from "jose";
import type { GatepassOptions } from "./options.ts";

/** The answer to a user whom `isActive` declines; shaped as Better Auth's own error codes. */
export const DEACTIVATED = {
  code: "ACCOUNT_DEACTIVATED",
  message: "This account has been deactivated.",
} as const;

/**
 * Reads session and user from the database and stops a user who is not active, also when the
 * session has ended, so that the caller learns why.
 *
 * Better Auth's session middlewares answer 401 when the database is away
 * (`getSessionFromCtx` in `api/routes/session.ts`), which a browser would take for a sign-out.
 * Asking here first turns that into a 503.
 */
export const activeUserMiddleware = (isActive: Required<GatepassOptions>["isActive"]) =>
  createAuthMiddleware(async (ctx) => {
    const cookie = await sessionCookie(ctx);
    if (!cookie)
      throw new APIError("UNAUTHORIZED", { code: "UNAUTHORIZED", message: "Unauthorized" });
    const found = await ctx.context.internalAdapter.findSession(cookie).catch((error: unknown) => {
      ctx.context.logger.error("The session could not be read", error);
      throw new APIError(
        "SERVICE_UNAVAILABLE",
        { code: "SESSION_UNAVAILABLE", message: "The session could not be checked. Try again." },
        { "Retry-After": "2", "Cache-Control": "no-store" },
      );
    });
    if (found && !isActive(found.user)) throw new APIError("UNAUTHORIZED", DEACTIVATED);
  });

/**
 * Whether this request began a session. `newSession` is also set when a running session is
 * prolonged or its user changed; then it still has the token that the request's cookie has.
 */
export async function hasNewSession(ctx: GenericEndpointContext): Promise<boolean> {
  const session = ctx.context.newSession?.session;
  return session !== undefined && session.token !== (await sessionCookie(ctx));
}

/**
 * Stops a token of ours where Better Auth expects the one of a verification mail
 * (`api/routes/email-verification.ts`): both are HS256 with the same secret and hold an `email`,
 * so a token would mark an email as verified that nobody has verified, or, with
 * `autoSignInAfterVerification`, become a session. Only ours has a `sub`.
 */
export function refuseAsVerification(token: unknown): void {
  if (typeof token !== "string" || !hasSubject(token)) return;
  throw new APIError("UNAUTHORIZED", { code: "INVALID_TOKEN", message: "Invalid token" });
}

function hasSubject(token: string): boolean {
  try {
    return decodeJwt(token).sub !== undefined;
  } catch {
    return false;
  }
}

async function sessionCookie(ctx: GenericEndpointContext): Promise<string | null> {
  const { name } = ctx.context.authCookies.sessionToken;
  return (ctx.headers && (await ctx.getSignedCookie(name, ctx.context.secret))) || null;
}
