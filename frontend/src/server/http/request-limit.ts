import { setImmediate, setTimeout } from "node:timers/promises";
import { networkOf } from "../config/client-address.ts";
import { isProbe } from "./probes.ts";

/** What one address, or one IPv6 network of 48 bits, may ask for in ten seconds, in pages. */
const MAX = 300;
const WINDOW = 10_000;

/** How many addresses are counted at once; of more, none is told from another. */
const MAX_ADDRESSES = 50_000;

/** Milliseconds after which the next request begins: by then this one waits for somebody itself. */
const TURN = 100;
const TURN_OF_FILE = 5;

/** An address's next page waits as long again as the last one took, and this at most. */
const LONGEST_REST = 50;

/** Pages of one address that wait; more would take longer than people do. */
const MAX_WAITING = 50;

/** Probes of one address that wait, as many as it may have connections; more are answered at once. */
const MAX_PROBES_WAITING = 250;

const isFile = (path: string) => /^\/(_next\/static\/|icon\.svg$)/.test(path);

const isPage = (path: string) => !isFile(path) && !path.startsWith("/api/auth/");

/** In pages. A file is compressed anew each time, and Better Auth asks its database. */
const costOf = (path: string) => (isPage(path) ? 1 : 0.5);

/**
 * Counts what costs time. Better Auth counts its endpoints too, in the database; here each copy
 * of the server counts for itself, since it is its own time that is protected.
 */
export function createRequestLimit(now: () => number = () => performance.now()) {
  let counts = new Map<string, number>();
  let end = 0;

  /** Seconds to wait, or 0 if the request may be answered. */
  return (path: string, client: string): number => {
    if (now() >= end) {
      counts = new Map();
      end = now() + WINDOW;
    }
    const network = networkOf(client);
    const isCounted = counts.size < MAX_ADDRESSES || counts.has(network);
    const key = isCounted ? network : "everybody";
    const count = (counts.get(key) ?? 0) + costOf(path);
    counts.set(key, count);
    return count <= MAX ? 0 : Math.max(1, Math.ceil((end - now()) / 1000));
  };
}

/**
 * Answers the requests of one address one after the other. All are answered on one thread, so
 * whoever sends many at once would have everybody else wait for all of them; now it is for one.
 * Between an address's pages there is as much time for others, for which nothing else waits.
 *
 * @returns a function that answers a request in its turn, or returns undefined for a page that
 * would have to wait too long
 */
export function createTurns() {
  const turns = createQueues();
  const pages = createQueues();
  const probes = createQueues();

  return (path: string, client: string, answer: () => Promise<void>): Promise<void> | undefined => {
    const key = networkOf(client);
    // Never limited, and cheap; each in a round of its own, or hundreds would fill one.
    if (isProbe(path)) {
      if (probes.length(key) > MAX_PROBES_WAITING) return answer();
      return probes.add(key, answer, () => setImmediate());
    }
    const turn = isFile(path) ? TURN_OF_FILE : TURN;
    const inTurn = () => turns.add(key, answer, upTo(turn));
    if (!isPage(path)) return inTurn();
    if (pages.length(key) > MAX_WAITING) return undefined;
    return pages.add(key, inTurn, async (answered) => {
      const began = performance.now();
      await upTo(TURN)(answered);
      await setTimeout(Math.min(performance.now() - began, LONGEST_REST));
    });
  };
}

const upTo = (milliseconds: number) => (answered: Promise<void>) =>
  Promise.race([answered, setTimeout(milliseconds)]);

/** Work under one key is begun in order, each when the one before has come to the end it names. */
function createQueues() {
  const queues = new Map<string, { end: Promise<void>; length: number }>();
  return {
    length: (key: string) => queues.get(key)?.length ?? 0,

    add(
      key: string,
      work: () => Promise<void>,
      end: (done: Promise<void>) => Promise<unknown>,
    ): Promise<void> {
      const queue = queues.get(key) ?? { end: Promise.resolve(), length: 0 };
      queues.set(key, queue);
      queue.length++;
      const working = queue.end.then(work);
      const done = working.catch(() => undefined);
      queue.end = queue.end
        .then(() => end(done))
        .then(() => {
          if (--queue.length === 0) queues.delete(key);
        });
      return working;
    },
  };
}
