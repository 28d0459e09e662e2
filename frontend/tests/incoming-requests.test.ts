import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type RequestListener, request, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { parseAndValidateFlightRouterState } from "next/dist/server/app-render/parse-and-validate-flight-router-state.js";
import { afterEach, describe, expect, test } from "vitest";
import { CONNECTION_LIMITS, limitConnections } from "../src/server/http/connections.ts";
import { errorBody } from "../src/server/http/error-body.ts";
import { answerFaults } from "../src/server/http/faults.ts";
import { takeOwnWord } from "../src/server/http/forwarded.ts";
import { refuse } from "../src/server/http/refuse.ts";
import { nameRequest } from "../src/server/http/request-log.ts";
import { requestScope } from "../src/server/http/request-scope.ts";
import { securityHeaders } from "../src/server/http/security-headers.ts";
import { methodsAt } from "../src/server/methods.ts";

const ORIGIN = "http://localhost:3000";

let server: Server;

/** So many headers, each as short as can be. */
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, ""]));

/** A real server for one request; answers status, headers and body. */
async function ask(
  listener: RequestListener,
  options: { headers?: Record<string, string>; body?: string; method?: string; path?: string } = {},
) {
  server = createServer(CONNECTION_LIMITS, listener).listen(0, "127.0.0.1");
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
    if (!refuse(request, response, ORIGIN, methodsAt)) response.end("taken");
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

  test.each([
    [`/${"x".repeat(16_370)}`, 200],
    [`/${"x".repeat(16_371)}`, 414],
    [`/login?${"a=1&".repeat(99)}`, 200],
    [`/login?${"a=1&".repeat(100)}`, 414],
  ])("an address by its size: %#", async (path, status) => {
    expect((await ask(listener, { path })).status).toBe(status);
  });

  test.each<[Record<string, string>, number]>([
    [{ "X-A": "x".repeat(15_000) }, 200],
    [{ "X-A": "x".repeat(9000), "X-B": "x".repeat(9000) }, 431],
    [many(120), 200],
    [many(130), 431],
    [{ Cookie: "a=1; ".repeat(99) }, 200],
    [{ Cookie: "a=1; ".repeat(100) }, 431],
  ])("headers by their size: %#", async (headers, status) => {
    const answer = await ask(listener, { headers });
    expect(answer.status).toBe(status);
    if (status === 200) return;
    expect(JSON.parse(answer.body)).toMatchObject({
      status_code: 431,
      error_type: "headers_too_large_error",
      detail: expect.stringMatching(/^[A-Z].*\.$/),
    });
  });

  describe("a change that another site asks for", () => {
    test.each<Record<string, string>>([
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: `${ORIGIN}.evil.example` },
      { Origin: "http://localhost:3001" },
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { Origin: ORIGIN, "Sec-Fetch-Site": "cross-site" },
    ])("%j", async (headers) => {
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        const answer = await ask(listener, { method, headers });
        expect([method, answer.status]).toEqual([method, 403]);
        expect(JSON.parse(answer.body)).toMatchObject({ code: "INVALID_ORIGIN" });
      }
      expect((await ask(listener, { headers })).status).toBe(200);
    });

    test.each<Record<string, string>>([
      {},
      { Origin: ORIGIN },
      { Origin: ORIGIN, "Sec-Fetch-Site": "same-origin" },
      { "Sec-Fetch-Site": "none" },
    ])("%j is none", async (headers) => {
      expect((await ask(listener, { method: "POST", headers })).status).toBe(200);
    });
  });

  test.each(["TRACE", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])("%s", async (method) => {
    const { status, headers, body } = await ask(listener, { method, path: "/login" });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD, POST"]);
    expect(JSON.parse(body)).toMatchObject({ error_type: "method_not_allowed_error" });
    expect(headers["cache-control"]).toBe("no-store");
  });

  test.each([
    ["/ready", "GET, HEAD", ["POST", "PUT"]],
    ["/health?x", "GET, HEAD", ["POST", "OPTIONS"]],
    ["/icon.svg", "GET, HEAD", ["POST"]],
    ["/_next/static/a.js", "GET, HEAD", ["POST"]],
    ["/api/auth/ok", "GET, HEAD", ["POST", "PUT"]],
    ["/api/auth/sign-in/email", "POST", ["GET", "HEAD", "PUT"]],
    ["/api/forms/sign-in", "POST", ["GET", "HEAD", "DELETE"]],
  ])("what %s does not take: `Allow: %s`", async (path, allow, methods) => {
    for (const method of methods) {
      const { status, headers } = await ask(listener, { method, path });
      expect([method, status, headers.allow]).toEqual([method, 405, allow]);
    }
    for (const method of allow.split(", ")) {
      expect((await ask(listener, { method, path })).status).toBe(200);
    }
  });

  test.each(["/api/auth/x", "/api/auth/ok/", "/api/auth", "/api/x", "/api/auth/constructor"])(
    "%s, where there is nothing",
    async (path) => {
      for (const method of ["GET", "POST", "PUT"]) {
        const { status, body } = await ask(listener, { method, path });
        expect([status, JSON.parse(body).error_type]).toEqual([404, "not_found_error"]);
      }
    },
  );

  test.each([
    "/api/auth/../../login",
    "/_next/static/%2e%2e/%2E./login",
    "/api/auth/..\\..\\login",
    "/api/auth/..%2f..%2flogin",
    "/./login",
    "/login/..",
  ])("%s, which names another path", async (path) => {
    expect((await ask(listener, { path })).status).toBe(400);
    expect((await ask(listener, { path: "/.well-known/a..b/.c?next=/../x" })).body).toBe("taken");
  });

  test("nothing that is usual", async () => {
    expect((await ask(listener)).body).toBe("taken");
    expect((await ask(listener, { path: "/caf%C3%A9?q=%" })).body).toBe("taken");
  });
});

test("what a client says of the host and of itself is replaced by what the server knows", async () => {
  const listener: RequestListener = (request, response) => {
    takeOwnWord(request, new URL("https://tasks.example.com"), "192.0.2.7");
    response.end(JSON.stringify(request.headers));
  };
  const headers = {
    Host: "evil.example",
    Forwarded: "host=evil.example",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "gopher",
    "X-Forwarded-Port": "666",
    "X-Forwarded-For": "203.0.113.66",
    "X-Real-IP": "203.0.113.66",
    "User-Agent": `Mozilla/5.0 ${"-".repeat(15_000)}`,
  };
  const { body } = await ask(listener, { headers });
  expect(body).not.toMatch(/evil|gopher|666|203\.0/);
  expect(JSON.parse(body)).toMatchObject({
    host: "tasks.example.com",
    "x-forwarded-host": "tasks.example.com",
    "x-forwarded-proto": "https",
    "x-forwarded-for": "192.0.2.7",
    "user-agent": expect.stringMatching(/^Mozilla\/5\.0 -{388}$/),
  });
});

describe("where a browser is in the tree of routes", () => {
  const listener: RequestListener = (request, response) => {
    takeOwnWord(request, new URL(ORIGIN), "192.0.2.7");
    response.end(String(request.headers["next-router-state-tree"]));
  };
  const page = ['__PAGE__?{"next":"/dashboard"}', {}, null, "refetch"];
  const login = ["", { children: ["(public)", { children: ["login", { children: page }] }] }];
  const nested = (depth: number) => `${'["",{"a":'.repeat(depth)}["",{}]${"}]".repeat(depth)}`;
  const siblings = Array<string>(900).fill("b");
  const dynamic = ["", { children: [["id", "7", "d", siblings], {}, ["a", "b"], null, 16, "x"] }];
  const kept = [
    encodeURIComponent(JSON.stringify(login)),
    JSON.stringify(login),
    nested(40),
    JSON.stringify(dynamic),
  ];

  test.each(kept)("is handed on, and Next.js can read it: %#", async (tree) => {
    const { body } = await ask(listener, { headers: { "Next-Router-State-Tree": tree } });
    expect(body).toBe(tree);
    parseAndValidateFlightRouterState(body);
  });

  test.each([
    "",
    "x",
    "[]",
    "%",
    '["x",7]',
    '["x",[]]',
    '["x",{"a":[7,{}]}]',
    '["x",{},null,"reload"]',
    '["x",{},["a"]]',
    '["x",{},null,null,"16"]',
    '["x",{},null,null,16,null]',
    '["x",{},null,null,16,"x",1]',
    '[["id","7","x",null],{}]',
    '[["id","7","d",[1]],{}]',
    nested(60),
    encodeURIComponent(nested(60)),
    nested(1300),
  ])("is not what Next.js cannot read, or not without effort: %#", async (tree) => {
    const { body } = await ask(listener, { headers: { "Next-Router-State-Tree": tree } });
    expect(body).toBe("undefined");
  });

  test("costs little to refuse, however many mistakes it holds at whatever depth", () => {
    const mistakes = `["","","d",[${Array(1600).fill("1").join()}]]`;
    const tree = `${'["",{"":'.repeat(46)}[${mistakes},{}]${"}]".repeat(46)}`;
    expect(tree.length).toBeLessThan(4000);
    const headers = { "next-router-state-tree": tree };
    const before = process.threadCpuUsage();
    for (let i = 0; i < 100; i++) {
      takeOwnWord({ headers: { ...headers } }, new URL(ORIGIN), "192.0.2.7");
    }
    const { user, system } = process.threadCpuUsage(before);
    expect(user + system).toBeLessThan(500_000); // microseconds
  });
});

test.each([
  ["no Host", "GET / HTTP/1.1", 400],
  ["two", "GET / HTTP/1.1\r\nHost: a\r\nHost: b", 400],
  ["none in HTTP/1.0", "GET / HTTP/1.0", 200],
  ["an unknown expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: a\r\nContent-Length: 0", 200],
  ["no HTTP", "GARBAGE", 400],
  ["a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443", 400],
  ["two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2", 400],
  ["a long address", `GET /${"a".repeat(50_000)} HTTP/1.1`, 414],
  ["long headers", `GET / HTTP/1.1\r\nHost: a\r\nA: ${"a".repeat(50_000)}`, 431],
])("%s is answered in the usual shape, with an id", async (_, head, status) => {
  server = createServer(CONNECTION_LIMITS, (request, response) => {
    nameRequest(request, response);
    response.setHeader("X-Content-Type-Options", "nosniff");
    requestScope.run({ requestId: String(response.getHeader("X-Request-ID")) }, () => {
      if (!refuse(request, response, ORIGIN, methodsAt))
        response.setHeader("Cache-Control", "no-store").end();
    });
  }).listen(0, "127.0.0.1");
  limitConnections(server, () => false, new Headers(securityHeaders(false)));
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`${head}\r\nConnection: close\r\n\r\n`);
  const answer = Buffer.concat(await socket.toArray()).toString();
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(answer).toMatch(/\r\nX-Content-Type-Options: nosniff\r\n/i);
  expect(answer).toMatch(/\r\nCache-Control: no-store\r\n/i);
  const id = /\r\nX-Request-ID: (\S+)\r\n/i.exec(answer)?.[1];
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  if (status === 200) return;
  expect(answer).toContain(`"status_code":${status},`);
  expect(answer).toContain(`"request_id":"${id}"`);
});

describe("a page that Next.js could not make", () => {
  /** As Next.js writes it: a document that is empty until its scripts have run. */
  const failing =
    (type: string, unavailable: boolean, status = 500): RequestListener =>
    (_, response) =>
      requestScope.run({ requestId: "abc-1", unavailable }, () => {
        answerFaults(response, false);
        response.statusCode = status;
        response.setHeader("Content-Type", type);
        response.setHeader("Content-Security-Policy", "script-src 'self'");
        response.write("<html id=__next_error__>");
        setTimeout(() => response.end("<script src=a.js></script></html>"), 10);
      });

  test.each([
    [true, 503, "2", /briefly unavailable/],
    [false, 500, undefined, /fault is on our side/],
  ])("unavailable: %j", async (unavailable, status, wait, said) => {
    const { headers, body, ...answer } = await ask(
      failing("text/html; charset=utf-8", unavailable),
    );
    expect([answer.status, headers["retry-after"]]).toEqual([status, wait]);
    expect(body).toMatch(said);
    expect(body).toContain("abc-1");
    expect(body).toContain('<a href="">Try again</a>');
    expect(body).not.toMatch(/script/);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("is a status only where no person reads it, and nothing where all is well", async () => {
    const data = await ask(failing("text/x-component", true));
    expect([data.status, data.body]).toEqual([503, expect.stringContaining("__next_error__")]);
    const well = await ask(failing("text/html", false, 404));
    expect([well.status, well.body]).toEqual([404, expect.stringContaining("a.js")]);
  });
});

test("errors have the names that the API gives them", async () => {
  const python = await readFile(
    new URL("../../backend/taskapi/errors.py", import.meta.url),
    "utf8",
  );
  const named = [...python.matchAll(/^ {4}(\d{3}): "([a-z_]+_error)",$/gm)];
  expect(named.length).toBeGreaterThan(10);
  for (const [, status, type] of named) {
    expect([status, errorBody(Number(status), "", "").error_type]).toEqual([status, type]);
  }
});
