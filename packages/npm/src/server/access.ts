import type { GenericEndpointContext, User } from "better-auth";
import { APIError, getSession } from "better-auth/api";
import { decodeJwt } from "jose";
import { ACCOUNT_DEACTIVATED } from "../browser/codes.ts";
import type { ResolvedOptions } from "./options.ts";

/** The answer to a user whom `isActive` declines; shaped as Better Auth's own error codes. */
export const DEACTIVATED = {
  code: ACCOUNT_DEACTIVATED,
  message: "This account has been deactivated.",
} as const;

const SIGNED_OUT = { code: "UNAUTHORIZED", message: "Unauthorized" } as const;

const UNAVAILABLE = {
  code: "SESSION_UNAVAILABLE",
  message: "The session could not be checked. Try again.",
} as const;

/**
 * Session and user as the database holds them at this moment. A user who is not active is told so,
 * also when the session has ended; a session that is old enough is prolonged, by Better Auth.
 *
 * Better Auth's own session middlewares turn a lost connection into "no session"
 * (`getSessionFromCtx` in `api/routes/session.ts`), which a browser would take for a sign-out. Here
 * whatever goes wrong in a database is a 503. And of the cookies that a middleware in `use` sets,
 * the endpoint answers with the last only (better-call `context.ts`), so this is none: the handler
 * calls it.
 */
export async function livingSession(
  ctx: GenericEndpointContext,
  isActive: ResolvedOptions["isActive"],
) {
  const { options, internalAdapter } = ctx.context;
  // Without any store, the signed cookie is the session and there is nothing to read.
  const stored = Boolean(options.database || options.secondaryStorage);
  const cookie = await sessionCookie(ctx);
  if (!cookie) throw new APIError("UNAUTHORIZED", SIGNED_OUT);

  const refuseInactive = async (user: User) => {
    if (!(await isActive(user))) throw new APIError("UNAUTHORIZED", DEACTIVATED);
  };
  const row = stored ? await orUnavailable(ctx, internalAdapter.findSession(cookie)) : null;
  const user = row && (await orUnavailable(ctx, livingUser(ctx, row.user)));
  if (user) await orUnavailable(ctx, refuseInactive(user));

  const read = { ...internalAdapter, findSession: async () => user && row };
  const { headers, response } = await orUnavailable(
    ctx,
    getSession()({
      ...ctx,
      headers: ctx.headers ?? new Headers(),
      context: stored ? { ...ctx.context, internalAdapter: read } : ctx.context,
      method: "GET",
      asResponse: false,
      returnHeaders: true,
      returnStatus: false,
      query: { ...ctx.query, disableCookieCache: stored },
    }),
  );
  for (const value of headers.getSetCookie()) ctx.responseHeaders.append("Set-Cookie", value);
  if (!response?.session) throw new APIError("UNAUTHORIZED", SIGNED_OUT);
  if (!user) await orUnavailable(ctx, refuseInactive(response.user));
  ctx.context.session = response;
  return { session: response.session, user: user ?? response.user };
}

/**
 * The user as the database holds them at this moment, whole. The user of a session lacks the
 * fields that are `returned: false`, and is a copy where a secondary storage holds the session.
 */
export async function livingUser(ctx: GenericEndpointContext, user: User): Promise<User | null> {
  const { options, internalAdapter } = ctx.context;
  return options.database ? internalAdapter.findUserById(user.id) : user;
}

/** Lets a refusal through and makes a 503 of every fault. */
function orUnavailable<T>(ctx: GenericEndpointContext, reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    if (error instanceof APIError && error.statusCode < 500) throw error;
    ctx.context.logger.error("The session could not be read", error);
    throw new APIError("SERVICE_UNAVAILABLE", UNAVAILABLE, {
      "Retry-After": "2",
      "Cache-Control": "no-store",
    });
  });
}

/**
 * Whether this answer begins a session. `newSession` is also set when a running session is
 * prolonged or its user changed; then it still has the token that the request's cookie has. And
 * before Better Auth 1.6 it stays set when `twoFactor` takes the session back, which only the
 * cookie tells.
 */
export async function beginsSession(
  ctx: GenericEndpointContext,
  answer: Headers | undefined,
): Promise<boolean> {
  const session = ctx.context.newSession?.session;
  if (!session || session.token === (await sessionCookie(ctx))) return false;
  const { name } = ctx.context.authCookies.sessionToken;
  const last = answer?.getSetCookie().findLast((cookie) => cookie.startsWith(`${name}=`));
  return last !== undefined && !/;\s*max-age=0(;|$)/i.test(last);
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
