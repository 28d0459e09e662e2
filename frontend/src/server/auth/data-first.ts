import type { BetterAuthPlugin } from "better-auth";
import { APIError } from "better-auth/api";
import { signingKey, signToken } from "gatepass/server";

/** Seconds that the pass for the one request lives. */
const LIFETIME = 60;

/** How long the API may take, in milliseconds. */
const TIMEOUT = 10_000;

/**
 * Better Auth plugin: whoever asks for the deletion of an account, in a browser or not, what the
 * user has at the API goes first, with a pass of the user's own. While the API is away nothing is
 * deleted: 503 `DATA_NOT_DELETED`.
 *
 * @param apiUrl - base URL of the API as this server sees it, without a slash at the end
 */
export const dataFirst = (apiUrl: string) =>
  ({
    id: "data-first",
    init: (context) => ({
      options: {
        user: {
          deleteUser: {
            async beforeDelete(user) {
              const pass = await signToken(user, signingKey(context.secretConfig), LIFETIME);
              const url = `${apiUrl}/api/users/${encodeURIComponent(user.id)}`;
              const answer = await fetch(url, {
                method: "DELETE",
                headers: { Authorization: `Bearer ${pass}` },
                redirect: "error",
                signal: AbortSignal.timeout(TIMEOUT),
              }).catch((error: unknown) => {
                context.logger.error("The API did not answer", error);
              });
              if (answer?.ok) return;
              throw new APIError(
                "SERVICE_UNAVAILABLE",
                {
                  code: "DATA_NOT_DELETED",
                  message: "What belongs to the account could not be deleted.",
                },
                { "Retry-After": "2" },
              );
            },
          },
        },
      },
    }),
  }) satisfies BetterAuthPlugin;
