import type { Server } from "node:http";
import { log } from "./log.ts";

/** How long answers under way may take after the signal, in milliseconds. */
const GRACE = 2000;

/**
 * Ends the process at SIGTERM or SIGINT: no new connection, answers under way get two seconds.
 * A second signal ends it at once.
 */
export function stopOnSignal(server: Server, close: () => Promise<void>): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info("stopping", { signal });
    setTimeout(() => server.closeAllConnections(), GRACE).unref();
    setTimeout(() => process.exit(0), GRACE + 1000).unref();
    server.close(() => {
      close().finally(() => process.exit(0));
    });
    server.closeIdleConnections();
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}
