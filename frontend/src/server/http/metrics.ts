import { perProcess } from "./per-process.ts";

/** Who counts. */
interface Metrics {
  countEvent(event: string, outcome: "success" | "failure"): void;
}

const current = perProcess<{ metrics?: Metrics }>("metrics", () => ({}));

export function setMetrics(metrics: Metrics): void {
  current.metrics = metrics;
}

/** Counts a sign-in, a renewal and so on, if anybody wants to know. */
export function countEvent(event: string, outcome: "success" | "failure"): void {
  current.metrics?.countEvent(event, outcome);
}
