import { setTimeout as sleep } from "node:timers/promises";
import type { BetterAuthPlugin } from "better-auth";
import { APIError } from "better-auth/api";
import { type Subject, signingKey, signToken } from "gatepass/server";
import { log } from "../http/log.ts";

/** Seconds that the pass for the one request lives. */
const LIFETIME = 60;

/** How long the API may take, in milliseconds. */
const TIMEOUT = 10_000;

/**
 * When, after the account, the API is told (again), each after the one before, in milliseconds.
 * Whoever had read a session before it went has signed a pass by the first; by the second has
 * passed, too, what a copy of this server whose clock is ahead wrote into one, by all that the API
 * bears with (`JWT_LEEWAY`, 5 s).
 */
const PAUSES = [1000, 5000];

/**
 * Better Auth plugin: whoever asks for the deletion of an account, in a browser or not, what the
 * user has at the API goes first, with a pass of the user's own. While the API is away nothing is
 * deleted: 503 `DATA_NOT_DELETED`.
 *
 * The account itself goes in one statement, sessions and passwords with it by their foreign keys:
 * Better Auth's three could leave a half that nobody can enter, delete or replace.
 *
 * Once the account is gone the API is told again. It refuses passes that were issued up to the
 * second it was told in, and until then another device could have renewed its own.
 *
 * @param apiUrl - base URL of the API as this server sees it, without a slash at the end
 */
export const accountDeletion = (apiUrl: string) =>
  ({
    id: "account-deletion",
    init({ secretConfig, adapter }) {
      /** The status of the API's answer, 0 without one. */
      async function deleteData(user: Subject, signal: AbortSignal): Promise<number> {
        try {
          const pass = await signToken(user, signingKey(secretConfig), LIFETIME);
          const { status } = await fetch(`${apiUrl}/api/users/${encodeURIComponent(user.id)}`, {
            method: "DELETE",
            headers: { Authorization: `Bearer ${pass}` },
            redirect: "error",
            signal,
          });
          return status;
        } catch (error) {
          log.error("api_not_asked", { error });
          return 0;
        }
      }

      async function tellAgain(user: Subject): Promise<void> {
        let told = false;
        for (const pause of PAUSES) {
          await sleep(pause);
          told = await tellPatiently(user);
        }
        if (!told) sayThatPassesOutlive(user);
      }

      /** The database failed, but may have deleted the account before its answer was lost. */
      async function tellIfGone(user: Subject): Promise<void> {
        const until = performance.now() + TIMEOUT;
        let found: Subject | null | undefined;
        while (performance.now() < until) {
          found = await findUser(user).catch(() => undefined);
          if (found === null) return tellAgain(user);
          await sleep(1000); // what has been given up may still be carried out
        }
        if (!found) sayThatPassesOutlive(user);
      }

      const byId = ({ id }: Subject) => ({ model: "user", where: [{ field: "id", value: id }] });
      const findUser = (user: Subject) => adapter.findOne<Subject>(byId(user));

      async function tellPatiently(user: Subject): Promise<boolean> {
        const signal = AbortSignal.timeout(TIMEOUT);
        while (!signal.aborted) {
          // 401: the API knows of a deletion in this second or a later one.
          if ([204, 401].includes(await deleteData(user, signal))) return true;
          await sleep(1000);
        }
        return false;
      }

      return {
        options: {
          user: {
            deleteUser: {
              async beforeDelete(user) {
                if ((await deleteData(user, AbortSignal.timeout(TIMEOUT))) !== 204) {
                  throw new APIError(
                    "SERVICE_UNAVAILABLE",
                    {
                      code: "DATA_NOT_DELETED",
                      message:
                        "It is not sure that what belongs to the account was deleted. Try again.",
                    },
                    { "Retry-After": "2" },
                  );
                }
                try {
                  await adapter.delete(byId(user));
                } catch (error) {
                  void tellIfGone(user);
                  throw error;
                }
                // Nobody waits for it: the session is gone, and the page would notice that first.
                void tellAgain(user);
              },
            },
          },
        },
      };
    },
  }) satisfies BetterAuthPlugin;

function sayThatPassesOutlive({ id }: Subject): void {
  log.error("passes_outlive_account", {
    user: id,
    consequence: "If the account is gone, a pass renewed meanwhile may write until it expires.",
  });
}
