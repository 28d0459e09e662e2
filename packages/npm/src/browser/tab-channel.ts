import type { EndReason } from "./errors.ts";
import { type Pass, readPass } from "./pass.ts";

/**
 * What the tabs of one browser tell each other. `asking` and `asked` stand around a request for a
 * pass where Web Locks are missing.
 */
export type TabMessage =
  | { type: "pass"; pass: Pass }
  | { type: "over"; userId: string; reason: EndReason }
  | { type: "asking" | "asked" };

export interface Tabs {
  /** To every other tab; the sender does not hear itself. */
  send(message: TabMessage): void;
  close(): void;
}

const REASONS: unknown[] = ["expired", "deactivated", "signed-out"] satisfies EndReason[];

/**
 * Joins the tabs that use `name`, on a BroadcastChannel: same origin only, nothing is stored.
 * Without one, and after `close`, a tab is alone.
 */
export function joinTabs(
  name: string,
  now: () => number,
  hear: (message: TabMessage) => void,
): Tabs {
  if (typeof BroadcastChannel === "undefined") return { send() {}, close() {} };
  let channel: BroadcastChannel | undefined = new BroadcastChannel(name);
  (channel as { unref?: () => void }).unref?.(); // In Node, so that a server can still end.
  channel.onmessage = ({ data }) => {
    const message = readMessage(data, now());
    if (message) hear(message);
  };
  return {
    send: (message) => channel?.postMessage(message),
    close() {
      channel?.close();
      channel = undefined;
    },
  };
}

/** Other scripts of this origin may use the same name, and tabs may run another version. */
function readMessage(data: unknown, now: number): TabMessage | undefined {
  const { type, pass, userId, reason }: Record<string, unknown> = Object(data);
  if (type === "asking" || type === "asked") return { type };
  if (type === "over" && typeof userId === "string" && REASONS.includes(reason))
    return { type, userId, reason: reason as EndReason };
  if (type === "pass") {
    const { token, staleAt }: Record<string, unknown> = Object(pass);
    const read = readPass(token, now);
    // It can only be older than one that was issued this moment.
    const age =
      typeof staleAt === "number" && read ? Math.max(0, read.staleAt - staleAt) : Number.NaN;
    if (read && age >= 0)
      return { type, pass: { ...read, staleAt: read.staleAt - age, endsAt: read.endsAt - age } };
  }
  return undefined;
}
