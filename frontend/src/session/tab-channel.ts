/**
 * What the tabs of one browser tell each other, beside what their passes do (gatepass/browser: a
 * pass, the end of a session). Every message about a user says which. `here` says for whom a tab
 * has a session just now; `check` asks the tabs to make sure of theirs and say so; `connection`
 * says that the sender has lost the servers or found them again.
 */
export type TabMessage =
  | { type: "signed-in"; userId: string }
  | { type: "here"; userId: string }
  | { type: "check" }
  | { type: "connection"; lost: boolean };

export type TabChannel = {
  /** To every other tab; the sender does not hear itself. */
  send(message: TabMessage): void;
  on(listener: (message: TabMessage) => void): () => void;
  close(): void;
};

/** The channel between the tabs, on a BroadcastChannel: same origin only, nothing is stored. */
export function createTabChannel(name = "gatepass"): TabChannel {
  const channel = new BroadcastChannel(name);
  return {
    send: (message) => channel.postMessage(message),
    on(listener) {
      const onMessage = ({ data }: MessageEvent<unknown>) => isMessage(data) && listener(data);
      channel.addEventListener("message", onMessage);
      return () => channel.removeEventListener("message", onMessage);
    },
    close: () => channel.close(),
  };
}

/** Any script of this origin may speak on the channel. */
function isMessage(data: unknown): data is TabMessage {
  if (typeof data !== "object" || data === null) return false;
  const { type, userId, lost } = data as Record<string, unknown>;
  if (type === "signed-in" || type === "here") return typeof userId === "string";
  return type === "check" || (type === "connection" && typeof lost === "boolean");
}
