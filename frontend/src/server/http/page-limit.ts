import { setTimeout } from "node:timers/promises";
import { networkOf } from "../config/client-address.ts";

/** Requests for pages from one address, or one IPv6 network of 48 bits, in ten seconds. */
const MAX = 300;
const WINDOW = 10_000;

/** How many addresses are counted at once; of more, none is told from another. */
const MAX_ADDRESSES = 50_000;

/** What costs time to make: pages and the forms of pages. */
export const isPage = (path: string): boolean =>
  !/^\/(_next\/static\/|api\/auth\/|icon\.svg(\?|$))/.test(path);

/**
 * Counts pages. Better Auth counts its own endpoints, in the database; these are counted by each
 * copy of the server for itself, since it is its own time that is protected.
 */
export function createPageLimit(now: () => number = Date.now) {
  let counts = new Map<string, number>();
  let end = 0;

  /** Seconds to wait, or 0 if the page may be made. */
  return (path: string, client: string): number => {
    if (!isPage(path)) return 0;
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

/** A page that takes longer than this, in milliseconds, waits itself: for the API as a rule. */
const TURN = 100;

/**
 * Makes the pages of one address one after the other. All are made on one thread, so whoever
 * asks for many at once would have everybody else wait for all of them; now it is for one.
 */
export function createPageTurns() {
  const ends = new Map<string, Promise<unknown>>();

  return async (client: string, make: () => Promise<void>): Promise<void> => {
    const key = networkOf(client);
    const before = ends.get(key) ?? Promise.resolve();
    const made = before.then(make);
    const end = Promise.race([made, before.then(() => setTimeout(TURN))]).catch(() => undefined);
    ends.set(key, end);
    try {
      await made;
    } finally {
      if (ends.get(key) === end) ends.delete(key);
    }
  };
}
