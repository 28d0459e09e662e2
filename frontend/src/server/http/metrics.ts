import { perProcess } from "./per-process.ts";

type Outcome = "success" | "failure" | "fault";

/** Who counts. */
interface Metrics {
  countEvent(event: string, outcome: Outcome): void;
}

const current = perProcess<{ metrics?: Metrics }>("metrics", () => ({}));

export function setMetrics(metrics: Metrics): void {
  current.metrics = metrics;
}

/** Counts a sign-in, a renewal and so on, if anybody wants to know. */
export function countEvent(event: string, outcome: Outcome): void {
  current.metrics?.countEvent(event, outcome);
}
