/**
 * Whether the servers can be reached, as far as this tab knows. Requests report what they see;
 * while the connection is lost, the watch asks `probe` again and again until it answers.
 */
export type Connection = {
  /** A request got no answer (or a 503). */
  lost(): void;
  /** A request was answered. */
  restored(): void;
  isLost(): boolean;
  /** Asks at once: another tab says that it has changed. */
  check(): Promise<void>;
  /** Resolves after `ms`, or at once when the connection comes back. Rejects if `signal` aborts. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  subscribe(listener: () => void): () => void;
};

export function createConnection(probe: () => Promise<boolean>): Connection {
  let isLost = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  const listeners = new Set<() => void>();

  function change(lost: boolean): void {
    if (isLost === lost) return;
    isLost = lost;
    attempt = 0;
    clearTimeout(timer);
    if (lost) schedule();
    for (const listener of [...listeners]) listener();
  }

  function schedule(): void {
    clearTimeout(timer);
    timer = setTimeout(check, backoff(attempt++, 1000, 15_000));
  }

  async function check(): Promise<void> {
    const answered = await probe().catch(() => false);
    if (answered || !isLost) change(!answered);
    else schedule();
  }

  const connection: Connection = {
    lost: () => change(true),
    restored: () => change(false),
    isLost: () => isLost,
    check,
    wait(ms, signal) {
      return new Promise((resolve, reject) => {
        const unsubscribe = connection.subscribe(() => !isLost && done());
        const sleeping = setTimeout(done, ms);
        const onAbort = () => {
          stop();
          reject(signal?.reason);
        };
        function stop() {
          clearTimeout(sleeping);
          unsubscribe();
          signal?.removeEventListener("abort", onAbort);
        }
        function done() {
          stop();
          resolve();
        }
        if (signal?.aborted) onAbort();
        else signal?.addEventListener("abort", onAbort);
      });
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
