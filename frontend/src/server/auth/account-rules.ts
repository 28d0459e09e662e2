import type { BetterAuthPlugin, GenericEndpointContext } from "better-auth";
import { createAuthMiddleware, sessionMiddleware } from "better-auth/api";
import { isCommonPassword } from "./common-passwords.ts";
import { badRequest } from "./offered-endpoints.ts";

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
 * A session is ended by its id (`{id, password}`): its token never leaves the server.
 */
export const accountRules = () =>
  ({
    id: "account-rules",
    hooks: {
      before: [
        {
          matcher: ({ path }) => path === "/sign-up/email" || path === "/update-user",
          handler: createAuthMiddleware(async (ctx) => {
            if (typeof ctx.body?.name !== "string") return;
            return { context: { body: { ...ctx.body, name: ctx.body.name.trim() } } };
          }),
        },
        {
          matcher: ({ path }) => path === "/sign-up/email",
          handler: createAuthMiddleware(async ({ body }) => {
            refuseCommon(body?.password, [body?.email, body?.name]);
          }),
        },
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
            const userId = ctx.context.session.user.id;
            if (!ctx.body?.password) {
              throw badRequest("PASSWORD_REQUIRED", "Enter your password to go on.");
            }
            if (ctx.path === "/delete-user") return;
            await checkPassword(ctx, userId, ctx.body.password);
            if (ctx.path !== "/revoke-session") return;
            return { context: { body: { token: await tokenOf(ctx, userId, ctx.body.id) } } };
          }),
        },
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

/** The token of the user's session with this id; of one that has ended, a text that is none. */
async function tokenOf(
  { context }: GenericEndpointContext,
  userId: string,
  id: unknown,
): Promise<string> {
  const sessions = await context.internalAdapter.listSessions(userId);
  return sessions.find((session) => session.id === id)?.token ?? "";
}
