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

/** How long an address's next page waits after one: so many times what that one took. */
const REST = 2;
const LONGEST_REST = 50;

const isFile = (path: string) => /^\/(_next\/static\/|icon\.svg$)/.test(path);

const isPage = (path: string) => !isFile(path) && !path.startsWith("/api/auth/");

/** In pages. A file is compressed anew each time, and Better Auth asks its database. */
const costOf = (path: string) => (isPage(path) ? 1 : 0.5);

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
 * Between an address's pages there is time for others: it has a third of the thread at most.
 */
export function createTurns() {
  const ends = new Map<string, Promise<unknown>>();
  const rests = new Map<string, Promise<unknown>>();

  return (path: string, client: string, answer: () => Promise<void>): Promise<void> => {
    const key = networkOf(client);
    const page = isPage(path);
    const before = Promise.all([ends.get(key), page ? rests.get(key) : undefined]);
    const answered = before.then(answer);
    const turn = before.then(() => setTimeout(isFile(path) ? TURN_OF_FILE : TURN));
    const end = Promise.race([answered, turn]).catch(() => undefined);
    keep(ends, key, end);
    if (page) keep(rests, key, rest(before, end));
    return answered;
  };
}

async function rest(begin: Promise<unknown>, end: Promise<unknown>) {
  await begin;
  const began = performance.now();
  await end;
  await setTimeout(Math.min(REST * (performance.now() - began), LONGEST_REST));
}

/** Holds the promise in the map until it is fulfilled or another one takes its place. */
async function keep(map: Map<string, Promise<unknown>>, key: string, promise: Promise<unknown>) {
  map.set(key, promise);
  await promise;
  if (map.get(key) === promise) map.delete(key);
}
