import { isPendingWrite, merge, type PendingWrite, remaining } from "./pending";
import { readStored, removeStored, storedUnder, writeStored } from "./storage";

type Options = {
  userId: string;
  /** Resolves when the server has taken a write, with what merges its answer into the lists. */
  send: (write: PendingWrite) => Promise<() => void>;
  /** Whether a write that failed is given up; else it is kept and tried again later. */
  onFailed: (write: PendingWrite, error: unknown) => boolean;
  /** Another tab has seen these off. */
  onSentElsewhere: (writes: readonly PendingWrite[]) => void;
  locks?: Pick<LockManager, "request"> | undefined;
};

type Entry = { at: number; write: PendingWrite };

export type Outbox = ReturnType<typeof createOutbox>;

const none: readonly PendingWrite[] = [];

/** Each task has a key of its own, so that tabs never overwrite each other's tasks. */
const keyOf = (userId: string, taskId: string) => `gatepass.outbox:${userId}:${taskId}`;

function readEntry(userId: string, taskId: string): Entry | undefined {
  const entry = readStored<Entry>(keyOf(userId, taskId));
  return isPendingWrite(entry?.write) && entry.write.task.id === taskId ? entry : undefined;
}

function keptIds(userId: string): string[] {
  return storedUnder(keyOf(userId, ""));
}

/** How many of a user's changes are on this device only. */
export function countUnsent(userId: string): number {
  return keptIds(userId).filter((id) => readEntry(userId, id)).length;
}

/** Nothing that a user has not sent stays on this device. */
export function dropOutbox(userId: string): void {
  for (const id of keptIds(userId)) removeStored(keyOf(userId, id));
}

/**
 * Changes on their way to the server, at most one a task: shown at once in every tab, kept in
 * localStorage under the user's id until the server has answered, so that neither an outage nor a
 * reload loses one. One tab sends at a time, oldest first.
 */
export function createOutbox(options: Options) {
  const { userId, send, onFailed, onSentElsewhere } = options;
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
  const listeners = new Set<() => void>();
  /** What storage would not take. */
  const unkept = new Map<string, Entry>();
  let writes = none;
  let flushing: Promise<void> | undefined;
  let again = false;
  let closed = true;

  function entries(): Entry[] {
    const ids = new Set([...keptIds(userId), ...unkept.keys()]);
    return [...ids].flatMap((id) => find(id) ?? []).sort((a, b) => a.at - b.at);
  }

  function find(id: string): Entry | undefined {
    return unkept.get(id) ?? readEntry(userId, id);
  }

  function keep(id: string, entry: Entry | undefined): void {
    const key = keyOf(userId, id);
    unkept.delete(id);
    if (!entry) removeStored(key);
    else if (!writeStored(key, entry)) unkept.set(id, entry);
  }

  /** Reads what is pending; what has not changed stays the very same object. */
  function refresh(): void {
    const before = new Map(writes.map((write) => [write.task.id, write]));
    const now = entries().map(({ write }) => {
      const known = before.get(write.task.id);
      return JSON.stringify(known) === JSON.stringify(write) && known ? known : write;
    });
    if (now.length === writes.length && now.every((write, index) => write === writes[index]))
      return;
    writes = now;
    for (const listener of listeners) listener();
  }

  /** Takes over what other tabs have done to the storage. */
  function catchUp(): void {
    const before = writes;
    refresh();
    const left = before.filter(({ task }) => !writes.some((write) => write.task.id === task.id));
    if (left.length) onSentElsewhere(left);
  }

  function settle(sent: PendingWrite, taken: boolean): void {
    const { id } = sent.task;
    const now = find(id);
    const rest = remaining(now?.write, sent);
    // Of a task that the server would not have there is nothing left to change.
    const write = taken || sent.method !== "PUT" || rest?.method === "DELETE" ? rest : undefined;
    keep(id, now && write && { ...now, write });
    refresh();
  }

  async function sendAll(): Promise<void> {
    catchUp();
    const failed = new Set<string>();
    for (;;) {
      const next = entries().find(({ write }) => !failed.has(write.task.id))?.write;
      if (!next || closed) return;
      const show = await send(next).catch((error: unknown) => {
        if (onFailed(next, error)) settle(next, false);
        else failed.add(next.task.id);
      });
      if (!show) continue;
      show();
      settle(next, true);
    }
  }

  /** Runs `work` while no other tab sends. */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    return locks ? locks.request(`gatepass-outbox:${userId}`, work) : work();
  }

  function onStorage({ key }: StorageEvent): void {
    if (key !== null && !key.startsWith(keyOf(userId, ""))) return;
    catchUp();
    // In line behind the tab that sends just now: if it is closed, this one goes on.
    if (locks && writes.length > 0) void outbox.flush();
  }

  const outbox = {
    /** Begins: shows what an earlier page left behind, and sends it. Browser only. */
    start(): void {
      closed = false;
      globalThis.addEventListener("storage", onStorage);
      refresh();
      void outbox.flush();
    },
    /** Takes writes in, each merged with what is pending for its task, and starts sending. */
    add(...added: PendingWrite[]): void {
      let last = entries().at(-1)?.at ?? 0;
      for (const next of added) {
        const before = find(next.task.id);
        last = Math.max(last + 1, Date.now());
        keep(next.task.id, { at: before?.at ?? last, write: merge(before?.write, next) });
      }
      refresh();
      void outbox.flush();
    },
    /** Tries once to send everything. */
    flush(): Promise<void> {
      again = flushing !== undefined;
      flushing ??= Promise.resolve()
        .then(() => alone(sendAll))
        .finally(() => {
          flushing = undefined;
          // Taken in between the last look and the release of the lock.
          if (again) return outbox.flush();
        });
      return flushing;
    },
    /** Tries to send everything, then runs `work`, with nothing else on its way. */
    async afterFlush<T>(work: () => Promise<T>): Promise<T> {
      return alone(async () => {
        await sendAll();
        return work();
      });
    },
    get: (id: string): PendingWrite | undefined => find(id)?.write,
    read: (): readonly PendingWrite[] => writes,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Sends nothing more; what is pending stays in storage. */
    stop(): void {
      closed = true;
      globalThis.removeEventListener("storage", onStorage);
    },
  };
  return outbox;
}
