import type { AuthContext, BetterAuthPlugin } from "better-auth";
import { APIError } from "better-auth/api";
import { DEACTIVATED } from "gatepass/server";
import type { Auth } from "./auth.ts";
import { INVALID_CREDENTIALS } from "./offered-endpoints.ts";

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
    init({ adapter, internalAdapter }) {
      async function refusalOf(userId: string): Promise<APIError | undefined> {
        const user = await internalAdapter.findUserById(userId);
        // Deleted between the look at the password and here: as if it had gone before.
        if (!user) return new APIError("UNAUTHORIZED", INVALID_CREDENTIALS);
        return isActive(user) ? undefined : new APIError("FORBIDDEN", DEACTIVATED);
      }

      /** Once a row is written: a deactivation meanwhile has ended only those it found. */
      async function endIfRefused(userId: string): Promise<APIError | undefined> {
        const refusal = await refusalOf(userId);
        if (refusal) await endSessions(adapter, userId);
        return refusal;
      }

      return {
        options: {
          databaseHooks: {
            session: {
              create: {
                async before({ userId }) {
                  const refusal = await refusalOf(userId);
                  if (refusal) throw refusal;
                },
                async after({ userId }) {
                  const refusal = await endIfRefused(userId);
                  if (refusal) throw refusal;
                },
              },
              update: {
                /** 401 as the issuer says it. There is no session if it was deleted meanwhile. */
                async after(session: { userId: string } | null) {
                  const refusal = session && (await endIfRefused(session.userId));
                  if (refusal) throw new APIError("UNAUTHORIZED", refusal.body);
                },
              },
            },
          },
        },
      };
    },
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
  // Whatever may have outlived the deactivation must not come back.
  if (!deactivated && !isActive(found.user)) await context.internalAdapter.deleteUserSessions(id);
  await context.internalAdapter.updateUser(id, { [MODEL_FIELD]: deactivated ? new Date() : null });
  if (deactivated) await endSessions(context.adapter, id);
  return true;
}

async function endSessions(
  adapter: Pick<AuthContext["adapter"], "updateMany">,
  userId: string,
): Promise<void> {
  await adapter.updateMany({
    model: "session",
    where: [{ field: "userId", value: userId }],
    update: { expiresAt: new Date() },
  });
}
