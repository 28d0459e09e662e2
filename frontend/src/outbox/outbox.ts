import { backoff } from "../api/connection";
import { acknowledgements, type Channel } from "./acknowledged";
import {
  isKept,
  isRecord,
  type Kept,
  readKept,
  removeStored,
  storedUnder,
  writeStored,
} from "./storage";
import { type Item, keyOf, merge, remaining, type Write } from "./write";

type OutboxOptions = {
  userId: string;
  /** Whether what was stored, or said by another tab, is a write. */
  isWrite: (value: unknown) => value is Write;
  /** Resolves with the item as the server has it when it has taken a write. */
  send: (write: Write) => Promise<Item>;
  /** Whether a write that failed is given up; else it is kept and tried again later. */
  onFailed: (write: Write, error: unknown) => boolean;
  /** Another tab has seen these off, nobody knows how. */
  onSentElsewhere: (writes: readonly Write[]) => void;
  locks?: Pick<LockManager, "request"> | undefined;
  channel?: Channel | undefined;
};

type Entry = Kept & { write: Write };

/** When a write that met a fault is tried again. */
type Hold = { times: number; until: number };

export type Outbox = ReturnType<typeof createOutbox>;

const none: readonly Write[] = [];

/** The first and the longest pause after a fault, in milliseconds. */
const [PAUSE, LONGEST_PAUSE] = [2_000, 300_000];

const prefixOf = (userId: string) => `gatepass.outbox:${userId}:`;

/** How many of a user's changes are on this device only. */
export function countUnsent(userId: string): number {
  const prefix = prefixOf(userId);
  return storedUnder(prefix).filter((key) => readKept(prefix + key, isKept)).length;
}

/** Nothing that a user has not sent stays on this device. */
export function dropOutbox(userId: string): void {
  for (const key of storedUnder(prefixOf(userId))) removeStored(prefixOf(userId) + key);
}

/**
 * Changes on their way to the server, at most one an item: shown at once in every tab, kept in
 * localStorage under the user's id until the server has answered, so that neither an outage nor a
 * reload loses one. Each item has a key of its own there, so that tabs never overwrite each other's.
 * One tab sends at a time, oldest first. What the server has taken is remembered: see acknowledged.ts.
 */
export function createOutbox(options: OutboxOptions) {
  const { userId, isWrite, send, onFailed, onSentElsewhere } = options;
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
  const prefix = prefixOf(userId);
  const listeners = new Set<() => void>();
  const taken = acknowledgements({ ...options, onChange: tell });
  /** What storage would not take. */
  const unkept = new Map<string, Entry>();
  const holds = new Map<string, Hold>();
  let writes = none;
  let flushing: Promise<void> | undefined;
  let again = false;
  let closed = true;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function entries(): Entry[] {
    const keys = new Set([...storedUnder(prefix), ...unkept.keys()]);
    return [...keys].flatMap((key) => find(key) ?? []).sort((a, b) => a.at - b.at);
  }

  function find(key: string): Entry | undefined {
    const isEntry = (value: unknown): value is Entry =>
      isKept(value) && isWrite(value.write) && keyOf(value.write) === key;
    return unkept.get(key) ?? readKept(prefix + key, isEntry);
  }

  function keep(key: string, entry: Entry | undefined): void {
    unkept.delete(key);
    if (!entry) removeStored(prefix + key);
    else if (!writeStored(prefix + key, entry)) unkept.set(key, entry);
  }

  /** Reads what is pending; what has not changed stays the very same object. */
  function refresh(): void {
    const before = new Map(writes.map((write) => [keyOf(write), write]));
    const now = entries().map(({ write }) => {
      const known = before.get(keyOf(write));
      return JSON.stringify(known) === JSON.stringify(write) && known ? known : write;
    });
    if (now.length === writes.length && now.every((write, index) => write === writes[index]))
      return;
    writes = now;
    tell();
  }

  /** Takes over what other tabs have done to the storage. */
  function catchUp(): void {
    const before = writes;
    const pending = new Set(entries().map(({ write }) => keyOf(write)));
    const left = before.filter((write) => !pending.has(keyOf(write)) && !taken.has(write));
    // Until the lists are asked again, as if the server had taken them just so.
    for (const write of left) taken.guess(write);
    refresh();
    if (left.length) onSentElsewhere(left);
  }

  function settle(sent: Write, answer?: Item): void {
    const key = keyOf(sent);
    const now = find(key);
    const rest = remaining(now?.write, sent);
    holds.delete(key);
    // Of an item that the server would not have there is nothing left to change.
    const write = answer || sent.method !== "PUT" || rest?.method === "DELETE" ? rest : undefined;
    if (answer) taken.add(sent, answer);
    keep(key, now && write && { ...now, write });
    refresh();
  }

  function hold(write: Write, error: unknown): void {
    const times = (holds.get(keyOf(write))?.times ?? 0) + 1;
    const askedFor = isRecord(error) ? Number(error.retryAfter) * 1000 || 0 : 0;
    const pause = Math.max(askedFor, backoff(times - 1, PAUSE, LONGEST_PAUSE));
    holds.set(keyOf(write), { times, until: Date.now() + pause });
    tell();
  }

  /** What waits after a fault is due at once: a person wishes it. */
  function release(): void {
    for (const [key, { times }] of holds) holds.set(key, { times, until: 0 });
  }

  async function sendAll(): Promise<void> {
    catchUp();
    const isDue = ({ write }: Entry) => (holds.get(keyOf(write))?.until ?? 0) <= Date.now();
    for (;;) {
      const next = entries().find(isDue)?.write;
      if (!next || closed) break;
      const answer = await send(next).catch((error: unknown) => {
        if (onFailed(next, error)) settle(next);
        else hold(next, error);
      });
      if (answer) settle(next, answer);
    }
    clearTimeout(timer);
    const until = Math.min(...[...holds.values()].map((each) => each.until));
    if (!closed && holds.size > 0) timer = setTimeout(() => void run(), until - Date.now());
  }

  /** Runs `work` while no other tab sends. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    return locks ? locks.request(`gatepass-outbox:${userId}`, work) : work();
  }

  /** Sends what is due. */
  function run(): Promise<void> {
    again = flushing !== undefined;
    flushing ??= Promise.resolve()
      .then(() => alone(sendAll))
      .finally(() => {
        flushing = undefined;
        // Taken in between the last look and the release of the lock.
        if (again) return run();
      });
    return flushing;
  }

  function onStorage({ key }: StorageEvent): void {
    if (key !== null && !key.startsWith(prefix)) return;
    catchUp();
    // In line behind the tab that sends just now: if it is closed, this one goes on.
    if (locks && writes.length > 0) void run();
  }

  return {
    userId,
    /** Begins: shows what an earlier page left behind, and sends it. Browser only. */
    start(): void {
      if (!closed) return;
      closed = false;
      globalThis.addEventListener("storage", onStorage);
      taken.start();
      refresh();
      void run();
    },
    /** Takes writes in, each merged with what is pending for its item, and starts sending. */
    add(...added: Write[]): void {
      let last = entries().at(-1)?.at ?? 0;
      for (const next of added) {
        const before = find(keyOf(next));
        last = Math.max(last + 1, Date.now());
        holds.delete(keyOf(next));
        keep(keyOf(next), { at: before?.at ?? last, write: merge(before?.write, next) });
      }
      refresh();
      void run();
    },
    /** Sends what is due: the connection is back. */
    resume: run,
    /** Tries once to send everything, also what waits after a fault. */
    flush(): Promise<void> {
      release();
      return run();
    },
    /** Tries to send everything, then runs `work`, with nothing else on its way. */
    async afterFlush<T>(work: () => Promise<T>): Promise<T> {
      return alone(async () => {
        release();
        await sendAll();
        return work();
      });
    },
    get: (write: Write): Write | undefined => find(keyOf(write))?.write,
    /** What is on its way. */
    read: (): readonly Write[] => writes,
    /** What the server has taken while this document lives, or shortly before. */
    taken: taken.read,
    /** Remembers what the server has taken by other ways than this outbox. */
    acknowledge: taken.add,
    /** Whether something waits after a fault of the server, and is tried again later. */
    isHeldUp: (): boolean => holds.size > 0,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Sends nothing more; what is pending stays in storage. */
    stop(): void {
      closed = true;
      clearTimeout(timer);
      taken.stop();
      globalThis.removeEventListener("storage", onStorage);
    },
  };
}
