const KEY = Symbol.for("gatepass.metrics");

/** Who counts. Kept on `globalThis`: `server.ts` and Next.js's bundle have copies of this module. */
interface Metrics {
  countEvent(event: string, outcome: "success" | "failure"): void;
}

const shared = globalThis as { [KEY]?: Metrics };

export function setMetrics(metrics: Metrics): void {
  shared[KEY] = metrics;
}

/** Counts a sign-in, a renewal and so on, if anybody wants to know. */
export function countEvent(event: string, outcome: "success" | "failure"): void {
  shared[KEY]?.countEvent(event, outcome);
}
