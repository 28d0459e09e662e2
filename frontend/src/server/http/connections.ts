import { randomUUID } from "node:crypto";
import { type Server, type ServerOptions, ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { errorBody } from "./error-body.ts";
import { log } from "./log.ts";
import { MAX_LINE } from "./refuse.ts";
import { requestScope } from "./request-scope.ts";

/** Open at once: in all, and from one address that is no trusted proxy. */
const MAX_CONNECTIONS = 4000;
const MAX_OF_ONE_ADDRESS = 250;

/**
 * How long a connection may take for what, in milliseconds. Node.js looks at them once a second;
 * between two requests it waits longer than a balancer does (60 s as a rule), so that the balancer
 * is the one that closes and never sends into a closing connection.
 */
export const CONNECTION_LIMITS: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1000,
  // Above the 16 KB of refuse.ts for each of request line and headers, which is told by name.
  maxHeaderSize: 40 * 1024,
  // Told by refuse.ts in the usual shape.
  requireHostHeader: false,
};

/**
 * Bounds how many connections are open, and answers what is no request in the usual shape. Each
 * refusal has a line in the log.
 *
 * @param isTrusted - whether an address is one of our own proxies
 * @param headers - what every answer of this server carries
 */
export function limitConnections(
  server: Server,
  isTrusted: (address: string) => boolean,
  headers: Headers,
): void {
  const constant = [...headers].map(([name, value]) => `${name}: ${value}`);
  server.maxConnections = MAX_CONNECTIONS;
  server.on("drop", (data) => log.warn("connection_refused", { client: data?.remoteAddress }));
  const open = new Map<string, number>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "";
    if (isTrusted(address)) return;
    const count = (open.get(address) ?? 0) + 1;
    if (count > MAX_OF_ONE_ADDRESS) {
      log.warn("connection_refused", { client: address });
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once("close", () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left > 0) open.set(address, left);
      else open.delete(address);
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    const [status, code, message] = refusalOf(error);
    const requestId = randomUUID();
    const body = requestScope.run({ requestId }, () => {
      log.info("connection_refused", { client: (socket as Socket).remoteAddress, status });
      return JSON.stringify(errorBody(status, code, message));
    });
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-ID: ${requestId}`,
      ...constant,
      "Cache-Control: no-store",
      "Connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  });
  // Nothing is tunnelled; without this Node.js would end the connection without a word.
  server.on("connect", (request, socket: Socket) => {
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    response.once("finish", () => socket.destroySoon());
    socket.on("error", () => socket.destroy());
    server.emit("request", request, response);
  });
  // An expectation that is not known may be ignored (RFC 9110, section 10.1.1); Node.js would
  // answer it with a bare 417.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
}

function refusalOf(error: NodeJS.ErrnoException & { rawPacket?: Buffer }) {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return [408, "REQUEST_TIMEOUT", "The request took too long to arrive."] as const;
  }
  if (error.code === "HPE_HEADER_OVERFLOW") {
    const lineEnd = error.rawPacket?.indexOf("\r\n") ?? -1;
    return lineEnd >= 0 && lineEnd <= MAX_LINE
      ? ([431, "HEADERS_TOO_LARGE", "The headers are too large."] as const)
      : ([414, "URI_TOO_LONG", "The address is too long."] as const);
  }
  return [400, "BAD_REQUEST", "This is no HTTP request."] as const;
}
