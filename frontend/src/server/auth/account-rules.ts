import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { APIError, createAuthMiddleware, sessionMiddleware } from "better-auth/api";
import { isCommonPassword } from "./common-passwords.ts";
import { at, badRequest } from "./offered-endpoints.ts";

/** What a session alone is not enough for (OWASP ASVS 5.0 7.5.2), and Better Auth lets it do. */
export const NEEDS_PASSWORD = new Set([
  "/delete-user",
  "/revoke-other-sessions",
  "/revoke-session",
  "/revoke-sessions",
]);

/**
 * Better Auth plugin: what a new password must not be, that a changed password ends the other
 * sessions, and that deleting the account and ending sessions need the password.
 *
 * A session is ended by its id (`{id, password}`): its token never leaves the server. Signing in
 * sweeps the user's sessions that are over.
 */
export const accountRules = () =>
  ({
    id: "account-rules",
    hooks: {
      before: [
        at(["/sign-up/email", "/update-user"], async (ctx) => {
          if (typeof ctx.body?.name !== "string") return;
          return { context: { body: { ...ctx.body, name: ctx.body.name.trim() } } };
        }),
        at(["/sign-up/email"], async ({ body }) => {
          refuseCommon(body?.password, [body?.email, body?.name]);
        }),
        {
          matcher: ({ path }) => path === "/change-password",
          handler: createAuthMiddleware({ use: [sessionMiddleware] }, async (ctx) => {
            const { user } = ctx.context.session;
            refuseCommon(ctx.body?.newPassword, [user.email, user.name]);
            return { context: { body: { ...ctx.body, revokeOtherSessions: true } } };
          }),
        },
        {
          matcher: ({ path }) => path !== undefined && NEEDS_PASSWORD.has(path),
          handler: createAuthMiddleware({ use: [sessionMiddleware] }, async (ctx) => {
            const { user, session } = ctx.context.session;
            if (!ctx.body?.password) {
              throw badRequest("PASSWORD_REQUIRED", "Enter your password to go on.");
            }
            if (ctx.path === "/delete-user") return;
            await checkPassword(ctx, user.id, ctx.body.password);
            if (ctx.path === "/revoke-other-sessions") await endOthers(ctx, session);
            if (ctx.path !== "/revoke-session") return;
            return { context: { body: { token: await tokenOf(ctx, user.id, ctx.body.id) } } };
          }),
        },
      ],
      after: [
        at(["/sign-in/email"], async (ctx) => {
          const { newSession, adapter } = ctx.context;
          if (!newSession) return;
          await adapter.deleteMany({
            model: "session",
            where: [
              { field: "userId", value: newSession.user.id },
              { field: "expiresAt", operator: "lt", value: new Date() },
            ],
          });
        }),
      ],
    },
  }) satisfies BetterAuthPlugin;

function refuseCommon(password: unknown, own: unknown[]): void {
  const words = own.filter((word) => typeof word === "string");
  if (typeof password !== "string" || !isCommonPassword(password, words)) return;
  throw badRequest(
    "PASSWORD_TOO_COMMON",
    "This password is one of the first that others would try. Choose another one.",
  );
}

async function checkPassword(
  { context }: GenericEndpointContext,
  userId: string,
  password: string,
): Promise<void> {
  const hash = (await context.internalAdapter.findCredentialAccount(userId))?.password;
  if (hash && (await context.password.verify({ hash, password }))) return;
  throw badRequest("INVALID_PASSWORD", "Invalid password");
}

/** The token of the user's session with this id. */
async function tokenOf(
  { context }: GenericEndpointContext,
  userId: string,
  id = "",
): Promise<string> {
  const session = await context.adapter.findOne<{ token: string }>({
    model: "session",
    where: [
      { field: "id", value: id },
      { field: "userId", value: userId },
    ],
  });
  if (session) return session.token;
  throw new APIError("NOT_FOUND", {
    code: "SESSION_NOT_FOUND",
    message: "You have no such session; it may have ended.",
  });
}

/** All of the user's sessions but this one. Better Auth ends those among the first hundred rows. */
export async function endOthers(
  { context }: GenericEndpointContext,
  { id, userId }: { id: string; userId: string },
): Promise<void> {
  await context.adapter.deleteMany({
    model: "session",
    where: [
      { field: "userId", value: userId },
      { field: "id", operator: "ne", value: id },
    ],
  });
}
