import { setTimeout } from "node:timers/promises";
import { networkOf } from "../config/client-address.ts";

/** What one address, or one IPv6 network of 48 bits, may ask for in ten seconds, in pages. */
const MAX = 300;
const WINDOW = 10_000;

/** How many addresses are counted at once; of more, none is told from another. */
const MAX_ADDRESSES = 50_000;

/** Milliseconds after which the next request begins: by then this one waits for somebody itself. */
const TURN = 100;
const TURN_OF_FILE = 5;

const isFile = (path: string) => /^\/(_next\/static\/|icon\.svg$)/.test(path);

/** In pages. A file is compressed anew each time, and Better Auth asks its database. */
const costOf = (path: string) => (isFile(path) || path.startsWith("/api/auth/") ? 0.5 : 1);

/**
 * Counts what costs time. Better Auth counts its endpoints too, in the database; here each copy
 * of the server counts for itself, since it is its own time that is protected.
 */
export function createRequestLimit(now: () => number = Date.now) {
  let counts = new Map<string, number>();
  let end = 0;

  /** Seconds to wait, or 0 if the request may be answered. */
  return (path: string, client: string): number => {
    if (now() >= end) {
      counts = new Map();
      end = now() + WINDOW;
    }
    const key = counts.size < MAX_ADDRESSES ? networkOf(client) : "everybody";
    const count = (counts.get(key) ?? 0) + costOf(path);
    counts.set(key, count);
    return count <= MAX ? 0 : Math.max(1, Math.ceil((end - now()) / 1000));
  };
}

/**
 * Answers the requests of one address one after the other. All are answered on one thread, so
 * whoever sends many at once would have everybody else wait for all of them; now it is for one.
 */
export function createTurns() {
  const ends = new Map<string, Promise<unknown>>();

  return async (path: string, client: string, answer: () => Promise<void>): Promise<void> => {
    const key = networkOf(client);
    const before = ends.get(key) ?? Promise.resolve();
    const turn = isFile(path) ? TURN_OF_FILE : TURN;
    const answered = before.then(answer);
    const end = Promise.race([answered, before.then(() => setTimeout(turn))]).catch(
      () => undefined,
    );
    ends.set(key, end);
    try {
      await answered;
    } finally {
      if (ends.get(key) === end) ends.delete(key);
    }
  };
}
