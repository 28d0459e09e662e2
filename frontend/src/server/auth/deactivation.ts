import type { BetterAuthPlugin } from "better-auth";
import { APIError } from "better-auth/api";
import { DEACTIVATED } from "gatepass/server";
import type { Auth } from "./auth.ts";

const MODEL_FIELD = "deactivatedAt";

/** Whether the user may sign in, renew passes and see pages. */
export function isActive(user: Record<string, unknown>): boolean {
  return !user[MODEL_FIELD];
}

/**
 * Better Auth plugin: a user with `deactivatedAt` cannot begin a session. Sign-in asks only after
 * the password was right, so the refusal tells nobody else that the account exists.
 */
export const deactivation = () =>
  ({
    id: "deactivation",
    schema: {
      user: { fields: { [MODEL_FIELD]: { type: "date", required: false, input: false } } },
    },
    init: (context) => ({
      options: {
        databaseHooks: {
          session: {
            create: {
              async before(session, ctx) {
                const { internalAdapter } = ctx?.context ?? context;
                const user = await internalAdapter.findUserById(session.userId);
                // Deleted between the look at the password and here: as if it had gone before.
                if (!user) {
                  throw new APIError("UNAUTHORIZED", {
                    code: "INVALID_EMAIL_OR_PASSWORD",
                    message: "Invalid email or password",
                  });
                }
                if (!isActive(user)) throw new APIError("FORBIDDEN", DEACTIVATED);
              },
            },
          },
        },
      },
    }),
  }) satisfies BetterAuthPlugin;

/**
 * Switches a user off and ends their sessions, or switches the user on again. Passes already
 * issued live until they expire. The rows of the sessions stay, expired, so that an open page
 * can still be told why it was signed out.
 *
 * @returns false when no user has this email
 */
export async function setDeactivated(
  auth: Auth,
  email: string,
  deactivated: boolean,
): Promise<boolean> {
  const context = await auth.$context;
  const found = await context.internalAdapter.findUserByEmail(email.trim().toLowerCase());
  if (!found) return false;
  const { id } = found.user;
  await context.internalAdapter.updateUser(id, { [MODEL_FIELD]: deactivated ? new Date() : null });
  if (deactivated) {
    await context.adapter.updateMany({
      model: "session",
      where: [{ field: "userId", value: id }],
      update: { expiresAt: new Date() },
    });
  }
  return true;
}
