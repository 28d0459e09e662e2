/**
 * Whether the servers can be reached, as far as this tab knows. Requests report what they see;
 * while the connection is lost, the watch asks `probe` again and again until it answers.
 */
export type Connection = {
  /** A request got no answer, or one that asks for a pause, in milliseconds. */
  lost(pause?: number): void;
  /** A request was answered. */
  restored(): void;
  isLost(): boolean;
  /** Whether the servers themselves were away the last time, not only one address of theirs. */
  wasAway(): boolean;
  /** Asks at once: a person wishes it, or another tab says that it has changed. */
  check(): Promise<void>;
  /** Resolves after `ms`, or at once when the connection comes back. Rejects if `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  subscribe(listener: () => void): () => void;
};

/** Lost again within this time after it came back, the watch goes on with its long pauses. */
const STEADY = 30_000;

export function createConnection(probe: () => Promise<boolean>): Connection {
  let isLost = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let foundAt = Number.NEGATIVE_INFINITY;
  let away = false;
  const listeners = new Set<() => void>();

  function change(lost: boolean, pause = 0): void {
    if (isLost === lost) return;
    isLost = lost;
    clearTimeout(timer);
    if (lost) {
      if (Date.now() - foundAt > STEADY) attempt = 0;
      away = false;
      schedule(pause);
    } else foundAt = Date.now();
    for (const listener of [...listeners]) listener();
  }

  function schedule(pause = 0): void {
    clearTimeout(timer);
    timer = setTimeout(check, Math.max(pause, backoff(attempt++, 1000, 15_000)));
  }

  async function check(): Promise<void> {
    const answered = await probe().catch(() => false);
    if (answered || !isLost) change(!answered);
    else schedule();
    away ||= !answered;
  }

  const connection: Connection = {
    lost: (pause) => change(true, pause),
    restored: () => change(false),
    isLost: () => isLost,
    wasAway: () => away,
    check,
    wait(ms, signal) {
      let stop = () => {};
      return new Promise<void>((resolve, reject) => {
        const sleeping = setTimeout(resolve, ms);
        const unsubscribe = connection.subscribe(() => !isLost && resolve());
        const onAbort = () => reject(signal?.reason);
        if (signal?.aborted) onAbort();
        signal?.addEventListener("abort", onAbort);
        stop = () => {
          clearTimeout(sleeping);
          unsubscribe();
          signal?.removeEventListener("abort", onAbort);
        };
      }).finally(() => stop());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };

  globalThis.addEventListener?.("online", () => {
    if (isLost) void check();
  });
  return connection;
}

/** Exponential backoff with full jitter in its upper half, in milliseconds. */
export function backoff(attempt: number, base: number, cap: number): number {
  const ceiling = Math.min(cap, base * 2 ** attempt);
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}
