/**
 * Serves the frontend: a custom server around Next.js
 * (https://nextjs.org/docs/app/guides/custom-server), for what Next.js cannot know by itself:
 * that the configuration is whole, who the client is, and when to stop.
 *
 * Usage: node server.ts [--dev]
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { getMigrations } from "better-auth/db/migration";
import {
  CLIENT_ADDRESS_HEADER,
  clientAddress,
  parseNetworks,
} from "./src/server/config/client-address.ts";
import { log } from "./src/server/http/log.ts";
import { refuse } from "./src/server/http/refuse.ts";
import { logExchange, nameRequest } from "./src/server/http/request-log.ts";
import { requestScope } from "./src/server/http/request-scope.ts";
import { securityHeaders } from "./src/server/http/security-headers.ts";
import { stopOnSignal } from "./src/server/http/shutdown.ts";
import { fail, start, withAuth } from "./src/server/start.ts";

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const dev = process.argv.includes("--dev");
Object.assign(process.env, {
  NODE_ENV: dev ? "development" : "production",
  NEXT_TELEMETRY_DISABLED: "1",
});

const config = start();
await withAuth(config, async (auth) => {
  const { toBeCreated, toBeAdded } = await getMigrations(auth.options);
  if (toBeCreated.length + toBeAdded.length > 0) {
    fail("AUTH_DATABASE_URL: the database lacks tables. Run `node scripts/migrate.ts` first.");
  }
});

const trusted = parseNetworks("TRUSTED_PROXIES", config.trustedProxies);
const constantHeaders = new Headers(securityHeaders(config.baseUrl.startsWith("https:")));
// Only the reload in development speaks WebSocket; elsewhere nobody would answer an upgrade.
const server = createServer({ shouldUpgradeCallback: () => dev }, async (request, response) => {
  const handle = await ready;
  requestScope.run({ requestId: nameRequest(request, response) }, () =>
    answer(request, response, handle),
  );
});
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
  stopOnSignal(server, () => app.close());
  log.info("listening", { url: config.baseUrl, host, port, dev });
  return app.getRequestHandler();
}

function answer(request: IncomingMessage, response: ServerResponse, handle: RequestHandler): void {
  const client = clientAddress(request, trusted);
  request.headers[CLIENT_ADDRESS_HEADER] = client;
  logExchange(request, response, client);

  response.setHeaders(constantHeaders);
  if (request.url?.startsWith("/api/")) response.setHeader("Cache-Control", "no-store");
  if (refuse(request, response)) return;
  handle(request, response).catch((error: unknown) => {
    log.error("unhandled", { error });
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
}
