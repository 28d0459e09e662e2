import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { log } from "./log.ts";

/** How long answers under way may take once nothing new is taken, in milliseconds. */
const GRACE = 8000;

/** How soon after its last answer a connection ends then, in milliseconds. */
const IDLE = 100;

interface Stop {
  /** How long nothing but `/ready` changes, in seconds, so that balancers notice. */
  drainSeconds: number;
  /** Called at the signal. */
  onSignal: () => void;
  /** Called when the last answer is out. */
  close: () => Promise<void>;
}

/**
 * Ends the process with 0 at SIGTERM or SIGINT: first `/ready` says no, then no new connection is
 * taken, then answers under way finish. A second signal ends it at once.
 */
export function stopOnSignal(server: Server, { drainSeconds, onSignal, close }: Stop): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info("stopping", { signal, drainSeconds });
    onSignal();
    await sleep(drainSeconds * 1000);
    setTimeout(() => server.closeAllConnections(), GRACE).unref();
    setTimeout(() => process.exit(0), GRACE + 1000).unref();
    server.close(() => {
      close().finally(() => process.exit(0));
    });
    // Those whose last answer is out by now, and those whose answer comes later.
    server.closeIdleConnections();
    setInterval(() => server.closeIdleConnections(), IDLE).unref();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
