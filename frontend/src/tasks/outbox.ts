import { readStored, removeStored, writeStored } from "./storage";
import type { Task } from "./view";

/** A whole task that is to exist on the server under its own id. Sending it twice is harmless. */
export type QueuedTask = Pick<Task, "id" | "title" | "description" | "completed" | "due_date">;

type Options = {
  userId: string;
  send: (task: QueuedTask) => Promise<Task>;
  onSent: (task: Task) => void;
  /** The server refused the task: it has left the queue. Throwing from `send` otherwise keeps it. */
  onRefused: (task: QueuedTask, error: unknown) => void;
  /** Whether an error of `send` is the server's last word on this task. */
  isRefusal: (error: unknown) => boolean;
  /** Another tab has sent tasks that this one had on its list. */
  onSentElsewhere: () => void;
  locks?: Pick<LockManager, "request"> | undefined;
};

export type Outbox = ReturnType<typeof createOutbox>;

const none: readonly QueuedTask[] = [];

const keyOf = (userId: string) => `gatepass.outbox:${userId}`;

/** How many of a user's tasks are on this device only. */
export function countUnsent(userId: string): number {
  return readStored<QueuedTask[]>(keyOf(userId))?.length ?? 0;
}

/** An explicit sign-out: nothing of the user's text stays on this device. */
export function dropOutbox(userId: string): void {
  removeStored(keyOf(userId));
}

/**
 * Tasks on their way to the server: shown at once, kept in localStorage under the user's id until
 * the server has answered, so that neither an outage nor a reload loses one. One tab sends at a
 * time, oldest first.
 */
export function createOutbox(options: Options) {
  const { userId, send, onSent, onRefused, isRefusal, onSentElsewhere } = options;
  const locks = "locks" in options ? options.locks : globalThis.navigator?.locks;
  const key = keyOf(userId);
  const listeners = new Set<() => void>();
  let queue = none;
  let flushing: Promise<void> | undefined;
  let closed = true;

  function load(): readonly QueuedTask[] {
    const stored = readStored<QueuedTask[]>(key);
    return Array.isArray(stored) ? stored : none;
  }

  function change(edit: (queue: readonly QueuedTask[]) => readonly QueuedTask[]): void {
    queue = edit(load());
    if (queue.length) writeStored(key, queue);
    else removeStored(key);
    for (const listener of listeners) listener();
  }

  async function sendAll(): Promise<void> {
    for (let next = load()[0]; next && !closed; next = load()[0]) {
      const sent = next;
      try {
        const task = await send(sent);
        if (closed) return;
        const now = load().find((entry) => entry.id === sent.id);
        if (JSON.stringify(now) !== JSON.stringify(sent)) continue;
        onSent(task);
        change((entries) => entries.filter((entry) => entry.id !== sent.id));
      } catch (error) {
        if (closed || !isRefusal(error)) throw error;
        change((entries) => entries.filter((entry) => entry.id !== sent.id));
        onRefused(sent, error);
      }
    }
  }

  function onStorage(event: StorageEvent): void {
    if (event.key !== key) return;
    const before = queue.length;
    queue = load();
    for (const listener of listeners) listener();
    if (queue.length < before) onSentElsewhere();
  }

  const outbox = {
    /** Begins: shows what an earlier page left behind, and sends it. Browser only. */
    start(): Promise<void> {
      closed = false;
      globalThis.addEventListener("storage", onStorage);
      change((entries) => entries);
      return outbox.flush();
    },
    /** Queues a task, or replaces the one with its id, and starts sending. */
    put(task: QueuedTask): Promise<void> {
      change((entries) =>
        entries.some((entry) => entry.id === task.id)
          ? entries.map((entry) => (entry.id === task.id ? task : entry))
          : [...entries, task],
      );
      return outbox.flush();
    },
    has: (id: string): boolean => queue.some((entry) => entry.id === id),
    /** Puts a queued task back as it was, because the server did not take its change. */
    takeBack(task: QueuedTask): void {
      change((entries) => entries.map((entry) => (entry.id === task.id ? task : entry)));
    },
    /** Takes a task out before it was sent. */
    drop(id: string): void {
      change((entries) => entries.filter((entry) => entry.id !== id));
    },
    /** Sends what is queued; rejects with the error that stopped it. */
    flush(): Promise<void> {
      flushing ??= Promise.resolve(
        locks ? locks.request(`gatepass-outbox:${userId}`, sendAll) : sendAll(),
      )
        .finally(() => {
          flushing = undefined;
        })
        .then(() => {
          // Queued between the last look and the release of the lock.
          if (load().length > 0 && !closed) return outbox.flush();
        });
      return flushing;
    },
    read: (): readonly QueuedTask[] => queue,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Stops sending; what is queued stays in storage. */
    stop(): void {
      closed = true;
      globalThis.removeEventListener("storage", onStorage);
    },
  };
  return outbox;
}
