/**
 * Serves the frontend: a custom server around Next.js
 * (https://nextjs.org/docs/app/guides/custom-server), for what Next.js cannot know by itself:
 * that the configuration is whole, who the client is, what to refuse and when to stop.
 *
 * Usage: node server.ts [--dev]
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setFlagsFromString } from "node:v8";
import { createAuth } from "./src/server/auth/auth.ts";
import { secondsClosed } from "./src/server/auth/closed-endpoints.ts";
import { openDatabase } from "./src/server/auth/database.ts";
import { checkTables, isMigrated } from "./src/server/auth/migration.ts";
import { recordClosed } from "./src/server/auth/security-log.ts";
import {
  CLIENT_ADDRESS_HEADER,
  clientAddress,
  isTrusted,
  parseNetworks,
} from "./src/server/config/client-address.ts";
import { fail } from "./src/server/config/fail.ts";
import {
  CONNECTION_LIMITS,
  limitAnswers,
  limitConnections,
  oneByOne,
} from "./src/server/http/connections.ts";
import { logConsole } from "./src/server/http/console-log.ts";
import { answerFaults } from "./src/server/http/faults.ts";
import { takeOwnWord } from "./src/server/http/forwarded.ts";
import { log } from "./src/server/http/log.ts";
import { createProbes, isProbe } from "./src/server/http/probes.ts";
import { answerRefusal, refuse } from "./src/server/http/refuse.ts";
import { createRequestLimit, createTurns } from "./src/server/http/request-limit.ts";
import { logExchange, nameRequest } from "./src/server/http/request-log.ts";
import { requestScope } from "./src/server/http/request-scope.ts";
import { securityHeaders } from "./src/server/http/security-headers.ts";
import { stopOnSignal } from "./src/server/http/shutdown.ts";
import { methodsAt } from "./src/server/methods.ts";
import { start, withAuth } from "./src/server/start.ts";

// V8 looks for garbage when the heap has grown to several times of what lives in it; whoever asks
// for many pages at once makes a lot. At half as much again it takes little more time.
setFlagsFromString("--heap-growing-percent=50");

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const dev = process.argv.includes("--dev");
Object.assign(process.env, {
  NODE_ENV: dev ? "development" : "production",
  NEXT_TELEMETRY_DISABLED: "1",
});

const config = start();
await withAuth(config, async (auth) => {
  if (await isMigrated(auth)) return;
  fail("AUTH_DATABASE_URL: the database lacks tables. Run `node scripts/migrate.ts` first.");
});
if (!dev) logConsole();

const origin = new URL(config.baseUrl);
const trusted = parseNetworks("TRUSTED_PROXIES", config.trustedProxies);
const constantHeaders = new Headers(securityHeaders(origin.protocol === "https:"));
// Connections of the probes' own: they say whether the database answers, not how busy the pool is.
const database = openDatabase(config.authDatabase, { connections: 2 });
const probed = createAuth(config, database);
const probes = createProbes(() => checkTables(probed, database));
const secondsToWait = createRequestLimit();
const inTurn = createTurns();
const inTurnOfLate = createTurns();
const beginAnswer = limitAnswers();
const measure =
  config.metricsPort &&
  (await import("./src/server/http/prometheus.ts")).serveMetrics(config.metricsPort, config.host);

// Only the reload in development speaks WebSocket; elsewhere nobody would answer an upgrade.
const options = { ...CONNECTION_LIMITS, shouldUpgradeCallback: () => dev };
const listener = oneByOne(async (request, response) => {
  const handle = await ready;
  if (request.socket.destroyed) return;
  requestScope.run({ requestId: nameRequest(request, response) }, () =>
    answer(request, response, handle).catch((error: unknown) => {
      log.error("unhandled", { error });
      if (response.headersSent) response.destroy();
      else answerRefusal(response, 500, "INTERNAL_ERROR", "Something went wrong on our side.");
    }),
  );
});
const server = createServer(options, listener);
const isOurs = (address: string) => isTrusted(address, trusted);
limitConnections(server, isOurs, constantHeaders, dev ? 0 : undefined); // what is compiled takes long
server.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EADDRINUSE")
    fail(`WEB_PORT ${config.port} is taken; free it or set another.`);
  fail(`WEB_HOST ${config.host}, WEB_PORT ${config.port}: cannot listen (${error.message}).`);
});
server.listen(config.port, config.host);
const ready = once(server, "listening").then(prepare);

/** Loads the application; requests that are there already wait for it. */
async function prepare(): Promise<RequestHandler> {
  // Imported only now, because React chooses its production build by NODE_ENV.
  const { default: next } = await import("next");
  const { host, port } = config;
  const app = next({ dev, dir: import.meta.dirname, httpServer: server, hostname: host, port });
  await app.prepare().catch((error: Error) => fail(`The frontend cannot start: ${error.message}`));
  const { drainSeconds } = config;
  stopOnSignal(server, { drainSeconds, onSignal: probes.stop, close: () => app.close() });
  log.info("listening", { url: config.baseUrl, host, port, dev });
  return app.getRequestHandler();
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handle: RequestHandler,
): Promise<void> {
  const client = clientAddress(request, trusted);
  takeOwnWord(request, origin, client);
  request.headers[CLIENT_ADDRESS_HEADER] = client;
  logExchange(request, response, client);
  if (measure) measure(request, response);

  response.setHeaders(constantHeaders);
  // Whoever keeps a connection to a server that stops is told to take another for the next request.
  if (probes.isStopping()) response.setHeader("Connection", "close");
  if (request.url?.startsWith("/api/")) response.setHeader("Cache-Control", "no-store");
  if (refuse(request, response, origin.origin, methodsAt)) return;
  const [path = ""] = request.url?.split("?", 1) ?? [];
  if (isProbe(path)) return inTurn(path, client, () => probes.answer(path, response));
  const closed = secondsClosed(path, client, probed.options);
  if (closed > 0) recordClosed(path, client);
  const wait = closed || secondsToWait(path, client);
  if (wait > 0) {
    refuseForNow(response, wait);
    return;
  }
  answerFaults(response, dev);
  const hand = async () => {
    if (response.closed) return; // nobody waits for it any more
    beginAnswer(response, client);
    await handle(request, response);
  };
  // Whose body is still to come holds up none but their like; a page needs none.
  const isLate = request.method === "POST" && !request.complete;
  const answered = (isLate ? inTurnOfLate : inTurn)(path, client, hand);
  if (answered) await answered;
  else refuseForNow(response, 1);
}

function refuseForNow(response: ServerResponse, wait: number): void {
  response.setHeader("Retry-After", wait);
  answerRefusal(response, 429, "TOO_MANY_REQUESTS", "Too many requests. Wait a little.");
}
