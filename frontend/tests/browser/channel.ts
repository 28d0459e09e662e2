/** What an outbox uses of a BroadcastChannel. */
export type Channel = Pick<BroadcastChannel, "postMessage" | "addEventListener" | "close">;

/** The channel of a tab that is the only one. */
export const alone = (): Channel => ({ postMessage() {}, addEventListener() {}, close() {} });

/** The channels of several tabs: each hears the others at once, and nobody itself. */
export function tabs(count: number): Channel[] {
  const listeners: ((event: MessageEvent) => void)[] = [];
  return Array.from({ length: count }, (_, own) => ({
    postMessage: (data) => {
      for (const [index, listener] of listeners.entries())
        if (index !== own) listener(new MessageEvent("message", { data: structuredClone(data) }));
    },
    addEventListener: (_type: string, listener: unknown) => {
      listeners[own] = listener as (event: MessageEvent) => void;
    },
    close() {},
  }));
}
