import type { BetterAuthPlugin } from "better-auth";
import {
  createAuthEndpoint,
  createAuthMiddleware,
  sensitiveSessionMiddleware,
} from "better-auth/api";
import {
  activeUserMiddleware,
  DEACTIVATED,
  hasNewSession,
  refuseAsVerification,
} from "./access.ts";
import { type GatepassOptions, lifetimeWarning, resolveOptions } from "./options.ts";
import { signingKey, signToken } from "./sign.ts";

export type { GatepassOptions } from "./options.ts";
export { type SigningKey, type Subject, signingKey, signToken } from "./sign.ts";

/** Response header of an answer that began a session: the first token, without a round trip. */
export const TOKEN_HEADER = "set-auth-jwt";

/**
 * Better Auth plugin: issues a short HS256 JWT, signed with `BETTER_AUTH_SECRET` (or the current
 * one of `BETTER_AUTH_SECRETS`, named in `kid`), that another service verifies on its own.
 *
 * Put it after plugins that may take a session back, such as `twoFactor`.
 *
 * @throws {RangeError} when `options.expiresIn` is out of bounds
 */
export const gatepass = (options?: GatepassOptions) => {
  const { expiresIn, isActive } = resolveOptions(options);

  return {
    id: "gatepass",
    $ERROR_CODES: { [DEACTIVATED.code]: DEACTIVATED },
    init(ctx) {
      const warning = lifetimeWarning(expiresIn);
      if (warning) ctx.logger.warn(warning);
    },
    endpoints: {
      /**
       * `GET /gatepass/token`, on the server `auth.api.getGatepassToken({ headers })`, in the
       * browser `authClient.gatepass.token()`. Needs the session cookie.
       *
       * Answers `{token}`; 401 without a living session, its code `ACCOUNT_DEACTIVATED` where that
       * is why; 503 when the database cannot tell.
       */
      getGatepassToken: createAuthEndpoint(
        "/gatepass/token",
        {
          method: "GET",
          requireHeaders: true,
          use: [activeUserMiddleware(isActive), sensitiveSessionMiddleware],
        },
        async (ctx) => {
          ctx.setHeader("Cache-Control", "no-store");
          const { user } = ctx.context.session;
          const key = signingKey(ctx.context.secretConfig);
          return ctx.json({ token: await signToken(user, key, expiresIn) });
        },
      ),
    },
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/verify-email",
          handler: createAuthMiddleware(async ({ query }) => refuseAsVerification(query?.token)),
        },
      ],
      after: [
        {
          matcher: () => true,
          handler: createAuthMiddleware(async (ctx) => {
            const user = ctx.context.newSession?.user;
            if (!user || !isActive(user) || !(await hasNewSession(ctx))) return;
            const key = signingKey(ctx.context.secretConfig);
            ctx.setHeader(TOKEN_HEADER, await signToken(user, key, expiresIn));
            ctx.setHeader("Cache-Control", "no-store");
            const exposed = ctx.context.responseHeaders?.get("access-control-expose-headers");
            ctx.setHeader(
              "Access-Control-Expose-Headers",
              exposed ? `${exposed}, ${TOKEN_HEADER}` : TOKEN_HEADER,
            );
          }),
        },
      ],
    },
    options,
  } satisfies BetterAuthPlugin;
};
