import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { applySetCookies } from "better-auth/cookies";

/**
 * Better Auth plugin: a session cookie that a former secret of `BETTER_AUTH_SECRETS` signed is
 * accepted and replaced by one of the current secret, so that a rotation signs nobody out.
 * Better Auth itself rotates encryption only and checks cookies with the current secret.
 *
 * A secret that leaves the ring ends the sessions that have not been seen since.
 */
export const sessionRotation = () =>
  ({
    id: "session-rotation",
    hooks: {
      before: [
        {
          matcher: () => true,
          handler: createAuthMiddleware(async (ctx) => {
            const { secret, secretConfig, authCookies } = ctx.context;
            if (!ctx.headers) return;
            const { sessionToken, dontRememberToken } = authCookies;
            if (!ctx.getCookie(sessionToken.name)) return;
            if (await ctx.getSignedCookie(sessionToken.name, secret)) return;

            for (const former of formerSecrets(secretConfig, secret)) {
              const token = await ctx.getSignedCookie(sessionToken.name, former);
              if (!token) continue;
              const brief = await ctx.getSignedCookie(dontRememberToken.name, former);
              const { maxAge, ...untilClosed } = sessionToken.attributes;
              const cookies = [
                await ctx.setSignedCookie(sessionToken.name, token, secret, {
                  ...untilClosed,
                  ...(!brief && { maxAge }),
                }),
              ];
              if (brief) {
                const { name, attributes } = dontRememberToken;
                cookies.push(await ctx.setSignedCookie(name, brief, secret, attributes));
              }
              // In place: what a hook returns reaches the endpoint, but none of the other hooks.
              applySetCookies(ctx.headers, cookies);
              return;
            }
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

/** All but the current one of the ring, if there is one. */
export function formerSecrets(
  config: string | { keys: Map<number, string>; legacySecret?: string },
  current: string,
): Set<string> {
  if (typeof config === "string") return new Set();
  const secrets = new Set(config.keys.values());
  if (config.legacySecret) secrets.add(config.legacySecret);
  secrets.delete(current);
  return secrets;
}
