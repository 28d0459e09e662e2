import { networkOf } from "../config/client-address.ts";

/** Requests for pages from one address, or one IPv6 network of 48 bits, in ten seconds. */
const MAX = 300;
const WINDOW = 10_000;

/** How many addresses are counted at once; of more, none is told from another. */
const MAX_ADDRESSES = 50_000;

/**
 * Counts what costs time to make: pages and the forms of pages. Better Auth counts its own
 * endpoints, in the database; these are counted by each copy of the server for itself, since it
 * is its own time that is protected.
 */
export function createPageLimit(now: () => number = Date.now) {
  let counts = new Map<string, number>();
  let end = 0;

  /** Seconds to wait, or 0 if the page may be made. */
  return (path: string, client: string): number => {
    if (/^\/(_next\/static\/|api\/auth\/|icon\.svg(\?|$))/.test(path)) return 0;
    if (now() >= end) {
      counts = new Map();
      end = now() + WINDOW;
    }
    const key = counts.size < MAX_ADDRESSES ? networkOf(client) : "everybody";
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= MAX ? 0 : Math.max(1, Math.ceil((end - now()) / 1000));
  };
}
