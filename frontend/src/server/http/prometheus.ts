import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Counter, collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { fail } from "../config/fail.ts";
import { SIGNED_IN_PAGES } from "../config/signed-in-pages.ts";
import { metrics } from "./metrics.ts";

const PAGES = new Set(["/", "/login", "/signup", ...SIGNED_IN_PAGES, "/health", "/ready"]);

/**
 * Collects metrics and answers Prometheus at `/metrics` on a port of its own, which no visitor
 * reaches.
 *
 * @returns what to call with each request
 */
export function serveMetrics(port: number, host: string) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "gatepass_frontend_request_duration_seconds",
    help: "Time from the request's headers to the end of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const events = new Counter({
    name: "gatepass_frontend_auth_events_total",
    help: "Sign-ins, sign-ups, renewals and what else is done to accounts, by outcome.",
    labelNames: ["event", "outcome"],
    registers: [registry],
  });
  metrics.count = (event, outcome) => events.inc({ event, outcome });

  const server = createServer(async (request, response) => {
    if (request.url !== "/metrics") return void response.writeHead(404).end();
    response.setHeader("Content-Type", registry.contentType);
    response.end(await registry.metrics());
  });
  server.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE") fail(`METRICS_PORT ${port} is taken; free it or set another.`);
    fail(`METRICS_PORT ${port}: cannot listen on ${host} (${error.message}).`);
  });
  server.listen(port, host).unref();

  return (request: IncomingMessage, response: ServerResponse): void => {
    const begun = performance.now();
    const { method = "" } = request;
    const route = routeOf(request.url ?? "");
    response.once("close", () => {
      const status = String(response.statusCode);
      requests.observe({ method, route, status }, (performance.now() - begun) / 1000);
    });
  };
}

/** Of few values, whatever strangers ask for. */
function routeOf(url: string): string {
  const path = url.split("?", 1)[0] ?? "";
  if (PAGES.has(path)) return path;
  const [folder] = /^\/(api\/auth|api\/forms|_next\/static)\//.exec(path) ?? [];
  return folder ?? "other";
}
