import { once } from "node:events";
import { createServer, type RequestListener, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { refuse } from "../src/server/http/refuse.ts";
import { nameRequest } from "../src/server/http/request-log.ts";

let server: Server;

/** A real server for one request; answers status, headers and body. */
async function ask(
  listener: RequestListener,
  options: { headers?: Record<string, string>; body?: string; method?: string; path?: string } = {},
) {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const method = options.method ?? (options.body === undefined ? "GET" : "POST");
  const outgoing = request({ port, method, path: options.path ?? "/" });
  for (const [name, value] of Object.entries(options.headers ?? {}))
    outgoing.setHeader(name, value);
  outgoing.end(options.body);
  const [incoming] = await once(outgoing, "response");
  const chunks: Buffer[] = await incoming.toArray();
  return {
    status: incoming.statusCode as number,
    headers: incoming.headers as Record<string, string>,
    body: Buffer.concat(chunks).toString(),
  };
}

afterEach(() => server.close());

describe("X-Request-ID", () => {
  const listener: RequestListener = (request, response) => {
    nameRequest(request, response);
    response.end(String(request.headers["x-request-id"]));
  };

  test.each(["abc-1", "0d9f8e7c-6b5a", "A_b.c", "x".repeat(128)])("%s is kept", async (id) => {
    const { headers, body } = await ask(listener, { headers: { "X-Request-ID": id } });
    expect([headers["x-request-id"], body]).toEqual([id, id]);
  });

  test.each(["", "a b", "a,b", "<script>", "é", "x".repeat(129)])(
    "%j is replaced",
    async (given) => {
      const { headers, body } = await ask(listener, { headers: { "X-Request-ID": given } });
      expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
      expect(body).toBe(headers["x-request-id"]);
    },
  );
});

describe("what is refused at the door", () => {
  const listener: RequestListener = (request, response) => {
    if (!refuse(request, response)) response.end("taken");
  };

  test.each([
    ["", 200],
    ["x".repeat(65_536), 200],
    ["x".repeat(65_537), 413],
  ])("a body by its length: %#", async (body, status) => {
    const answer = await ask(listener, { body, headers: { "Content-Length": `${body.length}` } });
    expect(answer.status).toBe(status);
  });

  test("a body of unannounced length", async () => {
    const headers = { "Transfer-Encoding": "chunked" };
    expect((await ask(listener, { body: "x", headers })).status).toBe(411);
  });

  test.each(["/%", "/api/auth/%", "/%ff", "/%c0%af"])("the path %s", async (path) => {
    expect((await ask(listener, { path })).status).toBe(400);
  });

  test.each(["*", "http://evil.example/dashboard"])("the target %s", async (path) => {
    expect((await ask(listener, { method: "OPTIONS", path })).status).toBe(400);
  });

  test("TRACE, and nothing that is usual", async () => {
    expect((await ask(listener, { method: "TRACE" })).status).toBe(405);
    expect((await ask(listener)).body).toBe("taken");
    expect((await ask(listener, { path: "/caf%C3%A9?q=%" })).body).toBe("taken");
  });
});
