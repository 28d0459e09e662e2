import { randomUUID } from "node:crypto";
import {
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Socket } from "node:net";
import { networkOf, plain } from "../config/client-address.ts";
import { errorBody } from "./error-body.ts";
import { log } from "./log.ts";
import { MAX_LINE } from "./refuse.ts";
import { requestScope } from "./request-scope.ts";

/** Open at once: in all, and from one address, or one IPv6 network of 48 bits, that is no trusted proxy. */
const MAX_CONNECTIONS = 4000;
const MAX_OF_ONE_ADDRESS = 250;

/** As many as browsers open. Where all are taken, whoever has more and most makes room. */
const USUAL = 16;

/** Milliseconds between two searches for them, each of which looks at all connections. */
const PURGE_EVERY = 100;

/** Requests on one connection that wait for an answer; browsers send one at a time. */
const MAX_PIPELINED = 16;

/** Answers that have begun, of all clients together: what compresses and waits for one is 400 KB. */
const MAX_ANSWERS = 500;

/** How long a client has to end a connection on its side after it was refused, in milliseconds. */
const LINGER = 2_000;

/** How long nobody may take anything of an answer, in milliseconds. */
const MAX_STALL = 60_000;

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
 * @param stall - milliseconds in which a client sends or takes something while one is answered;
 * 0 for no end
 */
export function limitConnections(
  server: Server,
  isTrusted: (address: string) => boolean,
  headers: Headers,
  stall = MAX_STALL,
): void {
  const constant = [...headers].map(([name, value]) => `${name}: ${value}`);
  server.maxConnections = MAX_CONNECTIONS;
  server.timeout = stall;
  server.on("timeout", (socket: Socket) => {
    if (socket.writableLength)
      log.warn("answer_ended", { client: plain(socket.remoteAddress ?? "") });
    socket.destroy();
  });
  // Above a number of headers Node.js leaves out the rest, and obeys it: their size is the bound.
  server.maxHeadersCount = 0;
  const waiting = limitPipelining(server);
  let purged = -PURGE_EVERY;
  server.on("drop", (data) => {
    log.warn("connection_refused", { client: plain(data?.remoteAddress ?? "") });
    // Whoever has had an answer and asks for nothing makes room for the next, and so does whoever
    // has most connections, with those that have sent no whole request.
    for (const [socket, read] of idle) if (socket.bytesRead === read) socket.destroy();
    if (performance.now() - purged < PURGE_EVERY) return;
    purged = performance.now();
    const held = [...open.values()]
      .filter(({ size }) => size > USUAL)
      .map((own) => [...own].filter((socket) => !isAsking(socket)));
    const most = held.reduce((one, other) => (other.length > one.length ? other : one), []);
    for (const socket of most) socket.destroy();
  });
  const isAsking = (socket: Socket) => [...(waiting.get(socket) ?? [])].at(-1)?.req.complete;
  // With what had been read of each: if it is more, the next request is coming in. For Node.js a
  // connection is idle already while the end of its answer is still to be taken.
  const idle = new Map<Socket, number>();
  server.on("request", (request, response) => {
    const { socket } = request;
    idle.delete(socket);
    response.once("close", () => {
      if (socket.destroyed || waiting.get(socket)?.size || !request.complete) return;
      idle.set(socket, socket.bytesRead);
    });
  });
  const open = new Map<string, Set<Socket>>();
  server.on("connection", (socket: Socket) => {
    // Reset before it was taken. What it sent is there to be read; its address, by which all is
    // counted and logged, is not. Nobody waits for an answer.
    if (!socket.remoteAddress) return void socket.destroy();
    socket.once("close", () => idle.delete(socket));
    const peer = plain(socket.remoteAddress);
    if (isTrusted(peer)) return;
    const address = networkOf(peer);
    const own = open.get(address) ?? new Set();
    if (own.size === MAX_OF_ONE_ADDRESS) {
      log.warn("connection_refused", { client: peer });
      socket.destroy();
      return;
    }
    open.set(address, own.add(socket));
    socket.once("close", () => {
      own.delete(socket);
      if (own.size === 0) open.delete(address);
    });
  });
  server.on("clientError", (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
    const isAnswering = [...(waiting.get(socket as Socket) ?? [])].some((each) => each.headersSent);
    if (error.code === "ECONNRESET" || !socket.writable || isAnswering)
      return void socket.destroy();
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
    // Node.js waits for the client's end of it without limit.
    const over = setTimeout(() => socket.destroy(), LINGER).unref();
    socket.once("close", () => clearTimeout(over));
  });
  // Nothing is tunnelled; without this Node.js would end the connection without a word.
  server.on("connect", (request, socket: Socket) => {
    if (waiting.get(socket)?.size) return void socket.destroy(); // it has an answer to come already
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

/**
 * Ends a connection that sends further ahead than anybody does: Node.js hands on all that one
 * packet holds, however much that is.
 *
 * @returns the answers that are under way or to come on a connection
 */
function limitPipelining(server: Server): WeakMap<Socket, Set<ServerResponse>> {
  const waiting = new WeakMap<Socket, Set<ServerResponse>>();
  server.prependListener("request", ({ socket }, response) => {
    const own = waiting.get(socket) ?? new Set();
    waiting.set(socket, own.add(response));
    response.once("close", () => own.delete(response));
    if (own.size <= MAX_PIPELINED || socket.destroyed) return;
    const client = plain(socket.remoteAddress ?? "");
    log.warn("connection_refused", { client, pipelined: own.size });
    socket.destroy();
  });
  return waiting;
}

/**
 * Makes one answer of a connection at a time. One that waited for the connection would be held in
 * memory as a whole, and with it the file that it is read from.
 */
export function oneByOne(answer: RequestListener): RequestListener {
  return async (request, response) => {
    if (!response.socket) await new Promise((resolve) => response.once("socket", resolve));
    if (request.socket.writable) answer(request, response); // else it has been refused meanwhile
  };
}

/**
 * Ends answers that are too many at once, the oldest that has begun of whoever has most, and those
 * of which nothing has been taken for a while.
 *
 * @returns a function that is told of each answer when it is begun
 */
export function limitAnswers(max = MAX_ANSWERS, stall = MAX_STALL) {
  const underWay = new Map<string, Set<ServerResponse>>();
  let count = 0;

  function end(client: string, response: ServerResponse): void {
    log.warn("answer_ended", { client, underWay: count });
    response.destroy();
  }

  return (response: ServerResponse, client: string): void => {
    const key = networkOf(client);
    const own = underWay.get(key) ?? new Set();
    underWay.set(key, own.add(response));
    count++;
    let taken: number | undefined;
    const timer = setInterval(() => {
      const { bytesWritten = 0, writableLength = 0 } = response.socket ?? {};
      if (taken === bytesWritten - writableLength) end(key, response);
      taken = bytesWritten - writableLength;
    }, stall);
    response.once("close", () => {
      clearInterval(timer);
      own.delete(response);
      if (own.size === 0) underWay.delete(key);
      count--;
    });
    if (count <= max) return;
    // One that has not begun holds little, and may say any moment what somebody waits for; one that
    // was ended closes only when all that came in the same moment have been here.
    const begun = [...underWay]
      .flatMap(([holder, theirs]) => {
        const own = [...theirs].filter((each) => each.headersSent && !each.destroyed);
        return own.map((each, at) => ({ holder, each, held: own.length - at }));
      })
      .sort((a, b) => b.held - a.held);
    for (const { holder, each } of begun.slice(0, Math.max(0, begun.length - max)))
      end(holder, each);
  };
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
