import { isRecord, readStored, removeStored, writeStored } from "./storage";
import { type Acknowledged, type Item, isNew, keyOf, type Write } from "./write";

/** What the tabs of one user say to each other. */
export type Channel = Pick<BroadcastChannel, "postMessage" | "addEventListener" | "close">;

/** What leaves the document: its own time means nothing elsewhere. */
type Told = Omit<Acknowledged, "taken_at">;

type Message = { ask: true } | { tell: readonly Told[] };

/** For so long a page may be on its way from the server, in milliseconds: what it holds is older. */
const RECENT = 60_000;

const none: readonly Acknowledged[] = [];
const tabOnly = () => sessionStorage;
const storageKey = (userId: string) => `gatepass.taken:${userId}`;

/** A session is over: what was remembered is forgotten. */
export function dropAcknowledged(userId: string): void {
  removeStored(storageKey(userId), tabOnly);
}

/**
 * What the server has taken, at most one write an item: a page that it made from an older look
 * must not hide it. Kept while the document lives; the last minute of it also for the next document
 * of this tab, in sessionStorage, and for the other tabs, which hear of it at once and ask for it
 * when they begin.
 */
export function acknowledgements(options: {
  userId: string;
  isWrite: (value: unknown) => value is Write;
  channel?: Channel | undefined;
  onChange: () => void;
}) {
  const { userId, isWrite, onChange } = options;
  let known = none;
  let channel: Channel | undefined;

  const recent = () => known.filter(({ at }) => Date.now() - at < RECENT);

  const isTold = (value: unknown): value is Told =>
    isRecord(value) && Number.isFinite(value.at) && isWrite(value.write);
  const isList = (value: unknown): value is Told[] => Array.isArray(value) && value.every(isTold);

  /** From another document. What a clock that was fast has noted is left out: nobody knows its age. */
  function learn(told: readonly Told[]): void {
    const now = Date.now();
    const past = told.filter(({ at }) => at - now < RECENT);
    const taken_at = (at: number) => performance.now() - Math.max(0, now - at);
    remember(past.map((each) => ({ ...each, taken_at: taken_at(each.at) })));
  }

  function remember(more: readonly Acknowledged[]): void {
    const all = new Map(known.map((each) => [keyOf(each.write), each]));
    for (const each of more) {
      const key = keyOf(each.write);
      if ((all.get(key)?.taken_at ?? each.taken_at) > each.taken_at) continue;
      all.delete(key);
      all.set(key, each);
    }
    known = [...all.values()];
    if (known.length && channel) writeStored(storageKey(userId), recent(), tabOnly);
    onChange();
  }

  function onMessage({ data }: MessageEvent<unknown>): void {
    if (!isRecord(data)) return;
    if (data.ask) say({ tell: recent() });
    // Another build's tab may tell of what this one does not know, beside what it does.
    else if (Array.isArray(data.tell)) learn(data.tell.filter(isTold));
  }

  function say(message: Message): void {
    channel?.postMessage(message);
  }

  /** A restored item is new to the server, but stays where it was until the next look. */
  function entry(write: Write, answer: Item): Acknowledged {
    const created_at = write.item.created_at || answer.created_at;
    const item = { ...answer, created_at };
    return { at: Date.now(), taken_at: performance.now(), write: { ...write, item } };
  }

  return {
    start(): void {
      learn(readStored(storageKey(userId), isList, tabOnly) ?? none);
      channel = options.channel ?? new BroadcastChannel(`gatepass-outbox:${userId}`);
      channel.addEventListener("message", onMessage as (event: Event) => void);
      say({ ask: true });
    },
    add(write: Write, answer: Item): void {
      const taken = entry(write, answer);
      say({ tell: [taken] });
      remember([taken]);
    },
    /** What another tab has seen off without a word. */
    guess(write: Write): void {
      const created_at = isNew(write.item) ? new Date().toISOString() : write.item.created_at;
      remember([entry(write, { ...write.item, created_at })]);
    },
    /** Whether this very write, known `since` then, or a later one, is among what is known. */
    has: (write: Write, since: number): boolean =>
      known.some(
        (each) =>
          keyOf(each.write) === keyOf(write) &&
          each.write.method === write.method &&
          each.taken_at >= since,
      ),
    read: (): readonly Acknowledged[] => known,
    /** From now on nothing leaves this document any more. */
    stop(): void {
      channel?.close();
      channel = undefined;
    },
  };
}
