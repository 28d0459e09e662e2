import { backoff } from "../api/connection";
import { acknowledgements, type Channel } from "./acknowledged";
import {
  isExpired,
  isKept,
  isRecord,
  type Kept,
  readKept,
  readStored,
  removeStored,
  storedUnder,
  writeStored,
} from "./storage";
import { type Item, isAnyWrite, keyOf, merge, remaining, type Write } from "./write";

type OutboxOptions = {
  userId: string;
  /** Whether what was stored, or said by another tab, is a write that this build can send. */
  isWrite: (value: unknown) => value is Write;
  /** Whether what was stored holds what no build has written. */
  isWrong: (write: Write) => boolean;
  /** Resolves with the item as the server has it when it has taken a write. */
  send: (write: Write) => Promise<Item>;
  /** Whether a write that failed is given up; else it is kept and tried again later. */
  onFailed: (write: Write, error: unknown) => boolean;
  /** Another tab has seen these off, nobody knows how. */
  onSentElsewhere: (writes: readonly Write[]) => void;
  locks?: Pick<LockManager, "request"> | undefined;
  channel?: Channel | undefined;
};

/** `queued_at` is when its item was first changed: its place in the line. */
type Entry = Kept & { write: Write; queued_at?: number };

/** As this document shows it; `since` when, in milliseconds since it began. */
type Held = Entry & { since: number };

/** When a write that met a fault is tried again, in milliseconds since this document began. */
type Hold = { times: number; until: number };

export type Outbox = ReturnType<typeof createOutbox>;

const none: readonly Write[] = [];

/** The first and the longest pause after a fault, in milliseconds. */
const [PAUSE, LONGEST_PAUSE] = [2_000, 300_000];

const placeOf = ({ queued_at, at }: Entry) => queued_at ?? at;

const prefixOf = (userId: string) => `gatepass.outbox:${userId}:`;

/** How many of a user's changes this device has stored, and no server yet. */
export function countUnsent(userId: string): number {
  const prefix = prefixOf(userId);
  return storedUnder(prefix).filter((key) => readStored(prefix + key, isKept)).length;
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
  const { userId, isWrite, isWrong, send, onFailed, onSentElsewhere } = options;
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
  const prefix = prefixOf(userId);
  const listeners = new Set<() => void>();
  const taken = acknowledgements({ ...options, onChange: tell });
  /** What storage would not take. */
  const unkept = new Map<string, Entry>();
  const holds = new Map<string, Hold>();
  let held = new Map<string, Held>();
  let writes = none;
  let flushing: Promise<void> | undefined;
  let again = false;
  let closed = true;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** The server asks for a pause until then: one for all that waits. */
  let pausedUntil = 0;

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function entries(): Entry[] {
    const keys = new Set([...storedUnder(prefix), ...unkept.keys()]);
    return [...keys].flatMap((key) => find(key) ?? []).sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** What is pending for an item: what any tab has stored, over it what only this one knows of. */
  function find(key: string): Entry | undefined {
    const isEntry = (value: unknown): value is Entry =>
      isKept(value) &&
      isAnyWrite(value.write) &&
      !isWrong(value.write) &&
      keyOf(value.write) === key;
    // What is on the screen has no end.
    const read = held.has(key) ? readStored<Entry> : readKept<Entry>;
    const stored = read(prefix + key, isEntry);
    const own = unkept.get(key);
    return stored && own
      ? { ...stored, at: own.at, write: merge(stored.write, own.write) }
      : (own ?? stored);
  }

  /** Stores an entry, or else remembers `change`: what is new in it. */
  function keep(key: string, entry: Entry, change: Write): void {
    if (writeStored(prefix + key, entry)) unkept.delete(key);
    else unkept.set(key, { ...entry, write: change });
  }

  function drop(key: string): void {
    unkept.delete(key);
    removeStored(prefix + key);
  }

  /**
   * Reads what is pending; what has not changed stays the very same object. What is not to be sent
   * any more holds nothing up, and what storage would not take is offered to it again.
   */
  function refresh(): void {
    for (const [key, { write }] of unkept) {
      const entry = find(key);
      if (entry) keep(key, entry, write);
    }
    const before = held;
    held = new Map(entries().map((entry) => heldAs(entry, before.get(keyOf(entry.write)))));
    const settled = [...holds.keys()].filter((key) => !isWrite(held.get(key)?.write));
    for (const key of settled) holds.delete(key);
    const now = [...held.values()].map(({ write }) => write);
    const isSame = now.length === writes.length && now.every((each, at) => each === writes[at]);
    if (!isSame) writes = now;
    if (!isSame || settled.length > 0) tell();
  }

  function heldAs(entry: Entry, before: Held | undefined): [string, Held] {
    const isSame = before && JSON.stringify(before.write) === JSON.stringify(entry.write);
    const { write, since } = isSame ? before : { ...entry, since: performance.now() };
    return [keyOf(write), { ...entry, write, since }];
  }

  /** Takes over what other tabs have done to the storage. */
  function catchUp(): void {
    if (closed) return;
    const left: Write[] = [];
    for (const [key, { since, ...entry }] of held) {
      if (find(key) || taken.has(entry.write, since)) continue;
      // To a tab that has just begun it was too old.
      if (isExpired(entry)) unkept.set(key, { ...entry, at: Date.now() });
      else left.push(entry.write);
    }
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
    if (now && write) keep(key, { ...now, write }, write);
    else drop(key);
    refresh();
  }

  function hold(write: Write, error: unknown): void {
    const times = (holds.get(keyOf(write))?.times ?? 0) + 1;
    const askedFor = isRecord(error) ? Number(error.retryAfter) * 1000 || 0 : 0;
    const pause = Math.max(askedFor, backoff(times - 1, PAUSE, LONGEST_PAUSE));
    holds.set(keyOf(write), { times, until: performance.now() + pause });
    if (askedFor > 0) pausedUntil = performance.now() + askedFor;
    tell();
  }

  /** What waits after a fault is due at once: a person wishes it. */
  function release(): void {
    pausedUntil = 0;
    for (const [key, { times }] of holds) holds.set(key, { times, until: 0 });
  }

  async function sendAll(): Promise<void> {
    catchUp();
    const dueAt = (key: string) => Math.max(pausedUntil, holds.get(key)?.until ?? 0);
    const isDue = ({ write }: Entry) => isWrite(write) && dueAt(keyOf(write)) <= performance.now();
    for (;;) {
      const next = entries().find(isDue)?.write;
      if (!next || closed) break;
      await attempt(next);
    }
    clearTimeout(timer);
    const waiting = entries().filter(({ write }) => isWrite(write));
    const until = Math.min(...waiting.map(({ write }) => dueAt(keyOf(write))));
    const pause = Math.max(0, until - performance.now());
    if (!closed && waiting.length > 0) timer = setTimeout(() => void run(), pause);
  }

  async function attempt(write: Write): Promise<void> {
    let answer: Item | undefined;
    try {
      answer = itemOf(write, await send(write));
    } catch (error) {
      if (!onFailed(write, error)) return hold(write, error);
    }
    settle(write, answer);
  }

  /** An answer without the item, such as one that somebody on the way has made, is none. */
  function itemOf({ item }: Write, answer: unknown): Item {
    if (isRecord(answer) && answer.id === item.id) return answer as Item;
    throw new Error("The server's answer does not have the item that was sent.");
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

  /** What storage would not take ends with this document. */
  function onLeaving(event: Event): void {
    if (unkept.size > 0) event.preventDefault();
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
      globalThis.addEventListener("beforeunload", onLeaving);
      taken.start();
      refresh();
      void run();
    },
    /** Takes writes in, each merged with what is pending for its item, and starts sending. */
    add(...added: Write[]): void {
      const last = entries().at(-1);
      let place = last ? placeOf(last) : 0;
      for (const next of added) {
        const key = keyOf(next);
        const before = find(key);
        place = Math.max(place + 1, Date.now());
        holds.delete(key);
        const write = merge(before?.write, next);
        const queued_at = before ? placeOf(before) : place;
        keep(key, { at: Date.now(), queued_at, write }, merge(unkept.get(key)?.write, next));
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
    /** How many of the user's changes are on this device only. */
    countUnsent(): number {
      const stored = new Set(storedUnder(prefix));
      return countUnsent(userId) + [...unkept.keys()].filter((key) => !stored.has(key)).length;
    },
    /** Whether something waits after a fault of the server, and is tried again later. */
    isHeldUp: (): boolean =>
      holds.size > 0 || (writes.length > 0 && pausedUntil > performance.now()),
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Sends nothing more; what is pending stays in storage, and nowhere else. */
    stop(): void {
      refresh();
      unkept.clear();
      closed = true;
      clearTimeout(timer);
      taken.stop();
      globalThis.removeEventListener("storage", onStorage);
      globalThis.removeEventListener("beforeunload", onLeaving);
    },
  };
}
