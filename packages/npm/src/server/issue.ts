import type { GenericEndpointContext, Session, User } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { beginsSession, livingUser } from "./access.ts";
import type { ResolvedOptions } from "./options.ts";
import { signingKey, signToken } from "./sign.ts";

/** Response header of an answer that began a session: the first token, without a round trip. */
export const TOKEN_HEADER = "set-auth-jwt";

/** A token for this session's user, as the options want it. */
export async function issue(
  ctx: GenericEndpointContext,
  {
    user,
    session,
  }: { user: User & Record<string, unknown>; session: Session & Record<string, unknown> },
  { expiresIn, claims, audience }: ResolvedOptions,
): Promise<string> {
  const own = claims && { ...(await claims(user, session)) };
  const key = signingKey(ctx.context.secretConfig);
  return signToken(user, key, expiresIn, { audience, claims: own });
}

/**
 * Puts the first token into every answer that begins a session. A fault in it costs the header
 * only: the sign-in has worked, and the browser asks for a token as usual.
 */
export const firstToken = (options: ResolvedOptions) =>
  createAuthMiddleware(async (ctx) => {
    const { newSession: begun, responseHeaders } = ctx.context;
    if (!begun || !(await beginsSession(ctx, responseHeaders))) return;
    try {
      const user = await livingUser(ctx, begun.user);
      if (!user || !(await options.isActive(user))) return;
      ctx.setHeader(TOKEN_HEADER, await issue(ctx, { ...begun, user }, options));
    } catch (error) {
      ctx.context.logger.error("gatepass: no token could be issued", error);
      return;
    }
    ctx.setHeader("Cache-Control", "no-store");
    const exposed = responseHeaders?.get("access-control-expose-headers");
    ctx.setHeader(
      "Access-Control-Expose-Headers",
      exposed ? `${exposed}, ${TOKEN_HEADER}` : TOKEN_HEADER,
    );
  });
