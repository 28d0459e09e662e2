import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { describeSqlite } from "../src/server/auth/database.ts";
import { checkTables } from "../src/server/auth/migration.ts";
import { CONNECTION_LIMITS, limitConnections, oneByOne } from "../src/server/http/connections.ts";
import { createProbes, isProbe } from "../src/server/http/probes.ts";
import { securityHeaders } from "../src/server/http/security-headers.ts";
import { createSite } from "./site.ts";

let server: Server;

afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

async function listen(started: Server): Promise<number> {
  server = started.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

describe("/health and /ready", () => {
  async function probe(check: () => Promise<void>, now?: () => number) {
    const probes = createProbes(check, now);
    const port = await listen(
      createServer(async (request, response) => {
        const path = request.url ?? "";
        if (isProbe(path)) await probes.answer(path, response);
        else response.writeHead(404).end();
      }),
    );
    const ask = (path: string, init?: RequestInit) =>
      fetch(`http://127.0.0.1:${port}${path}`, init);
    return { probes, ask };
  }

  test("asked a thousand times, the database is asked once a second", async () => {
    let asked = 0;
    let time = 0;
    const { ask } = await probe(
      async () => {
        asked++;
      },
      () => time,
    );
    const statuses = await Promise.all(Array.from({ length: 1000 }, () => ask("/ready")));
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(asked).toBe(1);
    time = 1001;
    await ask("/ready");
    expect(asked).toBe(2);
  });

  test("a database that is away, and one that is not migrated, is a 503 in the usual shape", async () => {
    const site = await createSite();
    const database = describeSqlite(site.database);
    let time = 0;
    const { ask } = await probe(
      () => checkTables(site.auth, database),
      () => time,
    );
    expect((await ask("/ready")).status).toBe(200);
    site.database.exec("ALTER TABLE user RENAME COLUMN deactivatedAt TO other");
    time += 2000;
    const unmigrated = await ask("/ready");
    expect(unmigrated.status).toBe(503);
    expect(unmigrated.headers.get("retry-after")).toBe("2");
    expect(await unmigrated.json()).toMatchObject({
      detail: expect.any(String),
      status_code: 503,
      error_type: "service_unavailable_error",
    });
    site.database.close();
    time += 2000;
    expect((await ask("/ready")).status).toBe(503);
    expect((await ask("/health")).status).toBe(200);
  });

  test("a database that says nothing is a 503 before anybody gives up", async () => {
    const { ask } = await probe(() => new Promise(() => {}));
    const begun = performance.now();
    expect((await ask("/ready")).status).toBe(503);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test("from the signal to stop on /ready says no, /health goes on", async () => {
    const { ask, probes } = await probe(async () => {});
    expect((await ask("/ready")).status).toBe(200);
    probes.stop();
    expect((await ask("/ready")).status).toBe(503);
    expect((await ask("/health")).status).toBe(200);
  });

  test("HEAD is answered, and no other path", async () => {
    const { ask } = await probe(async () => {});
    expect((await ask("/ready", { method: "HEAD" })).status).toBe(200);
    expect((await ask("/readyx")).status).toBe(404);
  });
});

describe("connections", () => {
  const HEADERS = securityHeaders(true);

  /** The lines of the log from now on. */
  function logged() {
    const lines: Record<string, unknown>[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      lines.push(JSON.parse(String(text)));
      return true;
    });
    return lines;
  }

  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** The methods of what has been handed on. */
  const taken: string[] = [];
  beforeEach(() => void taken.splice(0));

  /** Times that a test can wait for. */
  const SHORT = { headersTimeout: 1000, requestTimeout: 1500 };

  async function door(times: ServerOptions = {}, isTrusted = false) {
    const answer: RequestListener = (request, response) => {
      taken.push(String(request.method));
      request.resume().on("end", () => response.end("taken"));
    };
    const started = createServer({ ...CONNECTION_LIMITS, ...times }, oneByOne(answer));
    limitConnections(started, () => isTrusted, new Headers(HEADERS));
    return listen(started);
  }

  /** Sends `text` and all that `more` yields; answers what came back when the server hung up. */
  async function send(port: number, text: string, more?: (write: (text: string) => void) => void) {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => {});
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.write(text);
    more?.((next) => socket.writable && socket.write(next));
    await once(socket, "close");
    return Buffer.concat(chunks).toString();
  }

  test("that say nothing end", async () => {
    const port = await door(SHORT);
    expect(await send(port, "")).toMatch(/^HTTP\/1.1 408 /);
  });

  test.each([
    ["nothing", "", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["half a head", "POST / HTTP/1.1\r\nHost: x\r\n", "Content-Length: 0\r\n\r\n"],
  ])(
    "end for a client too that says %s and does not end them, and do nothing late",
    async (_, begin, late) => {
      const port = await door(SHORT);
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.on("error", () => {}).write(begin);
      const [answer] = await once(socket, "data");
      expect(String(answer)).toMatch(/^HTTP\/1.1 408 /);
      socket.write(late);
      const open = () => new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
      await vi.waitFor(async () => expect(await open()).toBe(0), 8000);
      socket.destroy();
      expect(taken).toEqual([]);
    },
  );

  test.each([
    ["headers", "GET / HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n"],
    ["a body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n", "x"],
  ])("that send %s drop by drop end", async (_, begin, drop) => {
    const port = await door(SHORT);
    let timer: NodeJS.Timeout | undefined;
    const answer = await send(port, begin, (write) => {
      timer = setInterval(() => write(drop), 100);
    });
    clearInterval(timer);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      status_code: 408,
      request_id: expect.any(String),
    });
  });

  test.each([
    [414, `GET /${"x".repeat(50_000)} HTTP/1.1\r\nHost: x\r\n\r\n`],
    [431, `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"x".repeat(50_000)}\r\n\r\n`],
    [400, "nonsense\r\n\r\n"],
  ])("are answered %i and end", async (status, text) => {
    const port = await door();
    const lines = logged();
    const answer = await send(port, text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    const [head = "", body = ""] = answer.split("\r\n\r\n");
    const told = JSON.parse(body);
    expect(told).toMatchObject({ status_code: status });
    for (const [name, value] of Object.entries(HEADERS)) {
      expect(head.toLowerCase()).toContain(`${name}: ${value}`.toLowerCase());
    }
    const id = told.request_id;
    expect(head.toLowerCase()).toContain(`x-request-id: ${id}`);
    expect(lines).toEqual([
      expect.objectContaining({ event: "connection_refused", requestId: id, status }),
    ]);
  });

  test.each([
    [false, 250],
    [true, 260],
  ])("from one address are bounded, unless it is a proxy of ours (%s)", async (trusted, open) => {
    const port = await door({}, trusted);
    const lines = logged();
    let judged = 0;
    server.on("connection", () => judged++);
    const sockets = Array.from({ length: 260 }, () => connect(port, "127.0.0.1"));
    for (const socket of sockets) socket.on("error", () => {});
    await vi.waitFor(() => expect(judged).toBe(260), 8000);
    const alive = () => sockets.filter((socket) => socket.readyState === "open");
    await vi.waitFor(() => expect(alive()).toHaveLength(open), 8000);
    expect(lines.filter(({ event }) => event === "connection_refused")).toHaveLength(260 - open);
    for (const socket of sockets) socket.destroy();
  });
});
