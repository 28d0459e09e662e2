import type { BetterAuthOptions } from "better-auth";
import { getIP } from "better-auth/api";
import { CLIENT_ADDRESS_HEADER } from "../config/client-address.ts";
import { perProcess } from "../http/per-process.ts";
import { BASE } from "./offered-endpoints.ts";
import type { Counters } from "./rate-limit-counters.ts";

/** How many are remembered at once. */
const MAX_REMEMBERED = 10_000;

/** Until when, by Better Auth's name of an address and an endpoint: `198.51.100.7|/sign-in/email`. */
const closed = perProcess("closed-endpoints", () => new Map<string, number>());

/** Counts for Better Auth and remembers what is used up, so that `server.ts` can refuse it. */
export function remembering({ hit }: Counters): Counters["hit"] {
  return async (key, quota) => {
    const counted = await hit(key, quota);
    if (counted.retryAfter !== null) {
      if (closed.size >= MAX_REMEMBERED) closed.clear();
      closed.set(key, performance.now() + counted.retryAfter * 1000);
    }
    return counted;
  };
}

/**
 * Seconds for which an endpoint of Better Auth is closed to a client, or 0. What is refused here
 * costs a tenth of what it costs behind Next.js and Better Auth.
 */
export function secondsClosed(path: string, client: string, options: BetterAuthOptions): number {
  if (!path.startsWith(BASE) || closed.size === 0) return 0;
  const address = getIP(new Headers([[CLIENT_ADDRESS_HEADER, client]]), options);
  const key = `${address}|${path.slice(BASE.length)}`;
  const left = (closed.get(key) ?? 0) - performance.now();
  if (left > 0) return Math.ceil(left / 1000);
  closed.delete(key);
  return 0;
}
