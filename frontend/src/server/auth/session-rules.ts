import {
  type BetterAuthPlugin,
  type GenericEndpointContext,
  getCurrentAdapter,
  type Session,
} from "better-auth";
import { APIError, isAPIError } from "better-auth/api";
import { z } from "zod";
import { MIN_PASSWORD } from "../../account-limits.ts";
import { endOthers } from "./account-rules.ts";
import { authScope } from "./auth-scope.ts";
import { at, INVALID_CREDENTIALS } from "./offered-endpoints.ts";
import { hashPassword, isCurrent, prepareHash } from "./password-hash.ts";

const BEGINS = new Set(["/sign-in/email", "/sign-up/email"]);
/** What Better Auth gives a session that is not to be remembered, in milliseconds. */
const DAY = 86_400_000;
const SAYS_TOKENS = new Set([...BEGINS, "/change-password", "/get-session", "/list-sessions"]);

/** What Better Auth makes an account of: fields that it is to refuse cost no hash. */
const SIGN_UP = z.object({
  name: z.string(),
  email: z.email(),
  password: z.string().min(MIN_PASSWORD),
  rememberMe: z.boolean().optional(),
});

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
 * - Who signs in or changes the password while another change is written has come too late: that
 *   a password is right takes a quarter of a second to find out, and is looked at again afterwards.
 * - A new user's password is hashed before Better Auth begins the transaction of the sign-up.
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
              /** Better Auth calls it when the session, and what was written with it, is there to stay. */
              async after(session, ctx) {
                if (ctx?.path === "/sign-in/email") await refuseFormerPassword(ctx, session);
                // Once more after the change: others may have begun between its statements.
                if (ctx?.path === "/change-password") await endOthers(ctx, session);
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
          account: {
            update: {
              async before({ password }, ctx) {
                if (ctx?.path === "/change-password" && password) await replace(ctx, password);
              },
            },
          },
        },
      },
    }),
    hooks: {
      before: [
        at(["/sign-up/email"], async (ctx) => {
          const { success, data } = SIGN_UP.safeParse(ctx.body);
          if (!success) return;
          const { internalAdapter } = ctx.context;
          if (await internalAdapter.findUserByEmail(data.email.toLowerCase())) return;
          await prepareHash(data.password);
        }),
      ],
      after: [
        at(BEGINS, async (ctx) => {
          const { newSession, internalAdapter, authCookies, secret } = ctx.context;
          if (!newSession) return;
          const former = await ctx.getSignedCookie(authCookies.sessionToken.name, secret);
          if (former && former !== newSession.session.token) {
            await internalAdapter.deleteSession(former);
          }
        }),
        at(["/sign-in/email"], async (ctx) => {
          const { newSession, adapter } = ctx.context;
          const verified = authScope.getStore()?.verified;
          if (!newSession || !verified || isCurrent(verified)) return;
          const password = await hashPassword(ctx.body.password).catch((error) => {
            if (isAPIError(error)) return undefined; // another time: there was no turn
            throw error;
          });
          if (!password) return;
          await adapter.updateMany({
            model: "account",
            where: ownHash(newSession.user.id, verified),
            update: { password },
          });
        }),
        at(SAYS_TOKENS, async (ctx) => {
          const { returned } = ctx.context;
          if (returned instanceof Error) return;
          return withoutTokens(returned);
        }),
      ],
    },
  }) satisfies BetterAuthPlugin;

type Context = GenericEndpointContext;

/** The account only as long as it has this hash, which is nobody else's: it is salted. */
const ownHash = (userId: string, hash: string) => [
  { field: "userId", value: userId },
  { field: "password", value: hash },
];

/** Takes a session back that was begun with a password which is not the user's any more. */
async function refuseFormerPassword({ context, body }: Context, session: Session): Promise<void> {
  const { internalAdapter, password } = context;
  const hash = (await internalAdapter.findCredentialAccount(session.userId))?.password;
  if (hash && hash === authScope.getStore()?.verified) return;
  // The same password, hashed anew?
  try {
    if (hash && (await password.verify({ hash, password: body.password }))) return;
    throw tooLate();
  } catch (error) {
    await internalAdapter.deleteSession(session.token);
    throw error;
  }
}

/** Within the transaction of the change, where the first to write has the row. */
async function replace({ context }: Context, password: string): Promise<void> {
  const { session } = context;
  const verified = authScope.getStore()?.verified;
  if (!session || !verified) return;
  const adapter = await getCurrentAdapter(context.adapter);
  const where = ownHash(session.user.id, verified);
  const replaced = await adapter.updateMany({ model: "account", where, update: { password } });
  if (replaced === 0) throw tooLate();
}

const tooLate = () => new APIError("UNAUTHORIZED", INVALID_CREDENTIALS);

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
