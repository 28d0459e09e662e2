import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { hashPassword, isCurrent } from "./password-hash.ts";

const BEGINS = new Set(["/sign-in/email", "/sign-up/email"]);
/** What Better Auth gives a session that is not to be remembered, in milliseconds. */
const DAY = 86_400_000;
const SAYS_TOKENS = new Set([...BEGINS, "/change-password", "/get-session", "/list-sessions"]);

/** Lifetimes in seconds. */
interface Options {
  /** How long a session lasts after its last use. */
  expiresIn: number;
  /** How long it lasts in all, used or not (OWASP ASVS 5.0 7.3.2). */
  maxAge: number;
}

/**
 * Better Auth plugin: how long a session lasts and who learns its token.
 *
 * - Nothing prolongs it beyond `maxAge`; one that is not remembered is no longer than a remembered
 *   one (Better Auth gives it a day), and neither use nor a changed password prolongs that one.
 * - Signing in ends the session that this browser had.
 * - No answer holds a session's token: scripts have no use for it, the cookie carries it.
 * - A password that was hashed at a former cost is hashed anew when it is there to be.
 */
export const sessionRules = ({ expiresIn, maxAge }: Options) =>
  ({
    id: "session-rules",
    init: () => ({
      options: {
        databaseHooks: {
          session: {
            create: {
              async before(session, ctx) {
                const ends = [session.expiresAt.getTime(), inSeconds(Math.min(expiresIn, maxAge))];
                const former = ctx?.path === "/change-password" && ctx.context.session?.session;
                if (former) ends.push(former.expiresAt.getTime());
                return { data: { ...session, expiresAt: new Date(Math.min(...ends)) } };
              },
            },
            update: {
              async before({ expiresAt }, ctx) {
                const former = ctx?.context.session?.session;
                if (!expiresAt || !former) return;
                const begun = former.createdAt.getTime();
                const ends = [expiresAt.getTime(), begun + maxAge * 1000];
                // Better Auth goes by a second cookie, which whoever has the first can leave out.
                const isBrief = former.expiresAt.getTime() - begun < DAY + 60_000;
                if (isBrief) ends.push(former.expiresAt.getTime());
                return { data: { expiresAt: new Date(Math.min(...ends)) } };
              },
            },
          },
        },
      },
    }),
    hooks: {
      after: [
        {
          matcher: ({ path }) => BEGINS.has(path ?? ""),
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession, internalAdapter, authCookies, secret } = ctx.context;
            if (!newSession) return;
            const former = await ctx.getSignedCookie(authCookies.sessionToken.name, secret);
            if (former && former !== newSession.session.token) {
              await internalAdapter.deleteSession(former);
            }
          }),
        },
        {
          matcher: ({ path }) => path === "/sign-in/email",
          handler: createAuthMiddleware(async (ctx) => {
            const { newSession, internalAdapter } = ctx.context;
            if (!newSession) return;
            const account = await internalAdapter.findCredentialAccount(newSession.user.id);
            if (!account?.password || isCurrent(account.password)) return;
            const password = await hashPassword(ctx.body.password);
            await internalAdapter.updateAccount(account.id, { password });
          }),
        },
        {
          matcher: ({ path }) => SAYS_TOKENS.has(path ?? ""),
          handler: createAuthMiddleware(async (ctx) => {
            const { returned } = ctx.context;
            if (returned instanceof Error) return;
            return withoutTokens(returned);
          }),
        },
      ],
    },
  }) satisfies BetterAuthPlugin;

const inSeconds = (seconds: number): number => Date.now() + seconds * 1000;

/** A session's token is called `token` wherever Better Auth says it, at most two levels down. */
function withoutTokens(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(withoutTokens);
  if (typeof answer !== "object" || answer === null || answer instanceof Date) return answer;
  return Object.fromEntries(
    Object.entries(answer)
      .filter(([name]) => name !== "token")
      .map(([name, value]) => [name, withoutTokens(value)]),
  );
}
