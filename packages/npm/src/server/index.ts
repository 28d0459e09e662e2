import type { BetterAuthPlugin } from "better-auth";
import { createAuthEndpoint, createAuthMiddleware } from "better-auth/api";
import { DEACTIVATED, livingSession, refuseAsVerification } from "./access.ts";
import { firstToken, issue } from "./issue.ts";
import {
  type GatepassOptions,
  lifetimeWarning,
  type OwnClaims,
  resolveOptions,
} from "./options.ts";
import { configuredFault } from "./secrets.ts";

export { DEACTIVATED } from "./access.ts";
export { mintToken } from "./in-process.ts";
export { TOKEN_HEADER } from "./issue.ts";
export type { GatepassOptions, OwnClaims } from "./options.ts";
export { secretFault } from "./secrets.ts";
export { type Extras, type SigningKey, type Subject, signingKey, signToken } from "./sign.ts";

/**
 * Better Auth plugin: issues a short HS256 JWT, signed with `BETTER_AUTH_SECRET` (or the current
 * one of `BETTER_AUTH_SECRETS`, named in `kid`), that another service verifies on its own.
 *
 * Put it last: `twoFactor` takes a session back, and a plugin sees only what those before it did.
 *
 * With a secret that verifiers refuse nothing is signed, and in production Better Auth does not
 * start.
 *
 * @throws {RangeError | TypeError} when an option is out of bounds
 */
export const gatepass = <Claims extends OwnClaims = OwnClaims>(
  options?: GatepassOptions<Claims>,
) => {
  const resolved = resolveOptions(options);

  return {
    id: "gatepass",
    $ERROR_CODES: { [DEACTIVATED.code]: DEACTIVATED },
    init(ctx) {
      const ids = (ctx.options.plugins ?? []).map(({ id }) => id);
      if (ids.lastIndexOf("two-factor") > ids.indexOf("gatepass"))
        throw new Error("gatepass: put gatepass() after twoFactor() in plugins.");
      const fault = configuredFault(ctx.secretConfig);
      // Elsewhere, such as in tests and tools that only load it, nothing has to be signed.
      if (fault && process.env.NODE_ENV === "production") throw new Error(`gatepass: ${fault}`);
      if (fault) ctx.logger.error(`gatepass: ${fault}`);
      const warning = lifetimeWarning(resolved.expiresIn);
      if (warning) ctx.logger.warn(warning);
    },
    endpoints: {
      /**
       * `GET /gatepass/token`, on the server `mintToken(auth, headers)`, in the browser
       * `gatepass/browser` or `authClient.gatepass.token()`. Needs the session cookie.
       *
       * Answers `{token}`; 401 without a living session, its code `ACCOUNT_DEACTIVATED` where that
       * is why; 503 when the database cannot tell.
       */
      getGatepassToken: createAuthEndpoint(
        "/gatepass/token",
        { method: "GET", requireHeaders: true },
        async (ctx) => {
          ctx.setHeader("Cache-Control", "no-store");
          const session = await livingSession(ctx, resolved.isActive);
          return ctx.json({ token: await issue(ctx, session, resolved) });
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
      after: [{ matcher: () => true, handler: firstToken(resolved) }],
    },
    options,
  } satisfies BetterAuthPlugin;
};
