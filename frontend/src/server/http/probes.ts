import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "./log.ts";
import { answerRefusal } from "./refuse.ts";

/** How long an answer of the database is kept, and how long it may take, in milliseconds. */
const KEPT = 1000;
const PATIENCE = 3000;

export const isProbe = (path: string) => path === "/health" || path === "/ready";

/**
 * What balancers and people's browsers ask every second: `/health`, whether the process is up, and
 * `/ready`, whether it can serve. The database is asked at most once a second, however many ask.
 *
 * @param check - rejects while the database does not answer or is not migrated
 */
export function createProbes(
  check: () => Promise<void>,
  now: () => number = () => performance.now(),
) {
  let stopping = false;
  let asked: { at: number; ready: Promise<boolean> } | undefined;

  function isReady(): Promise<boolean> {
    if (stopping) return Promise.resolve(false);
    if (!asked || now() - asked.at > KEPT) asked = { at: now(), ready: ask() };
    return asked.ready;
  }

  async function ask(): Promise<boolean> {
    const late = sleep(PATIENCE, undefined, { ref: false }).then(() => {
      throw new Error("The database took too long.");
    });
    try {
      await Promise.race([check(), late]);
      return true;
    } catch (error) {
      log.warn("not_ready", { error });
      return false;
    }
  }

  return {
    /** From now on `/ready` says no, so that nothing new is sent here. */
    stop(): void {
      stopping = true;
    },

    isStopping: (): boolean => stopping,

    async answer(path: string, response: ServerResponse): Promise<void> {
      response.setHeader("Cache-Control", "no-store");
      if (path === "/health" || (await isReady())) {
        response.writeHead(200, { "Content-Type": "application/json" });
        response.end(JSON.stringify({ status: "ok" }));
        return;
      }
      response.setHeader("Retry-After", "2");
      answerRefusal(
        response,
        503,
        "SERVICE_UNAVAILABLE",
        stopping ? "The server is stopping." : "The database does not answer or is not migrated.",
      );
    },
  };
}
