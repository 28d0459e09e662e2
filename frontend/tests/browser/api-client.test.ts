import { createPassClient } from "gatepass/browser";
import { HttpResponse, http } from "msw";
import { afterEach, describe, expect, it } from "vitest";
import { type Api, createApi } from "../../src/api/client";
import { createConnection } from "../../src/api/connection";
import { NetworkError, retryAfterSeconds, SessionOver } from "../../src/api/errors";
import { apiError, network, passFor } from "./network";

const API = "http://api.test";
const ISSUER = "http://site.test/api/auth/gatepass/token";
const LIST = `${API}/api/users/ada/tasks`;
const ONE = `${LIST}/00000000-0000-4000-8000-000000000001`;
const server = network();

const path = { user_id: "ada", task_id: "00000000-0000-4000-8000-000000000001" };
const body = { title: "Tea", completed: false };

const bearer = (serial: number) => `Bearer ${passFor("ada", { serial })}`;
const passes: ReturnType<typeof createPassClient>[] = [];
afterEach(() => {
  for (const pass of passes.splice(0)) pass.close();
});

/** A client with a pass that counts its renewals, and a connection that never recovers by itself. */
function client(timeout = 10_000) {
  const seen = { renewals: 0, lost: 0 };
  const connection = createConnection(async () => false);
  connection.subscribe(() => {
    if (connection.isLost()) seen.lost += 1;
  });
  server.use(
    http.get(ISSUER, () => {
      seen.renewals += 1;
      return HttpResponse.json({ token: passFor("ada", { serial: seen.renewals }) });
    }),
  );
  const pass = createPassClient({ api: API, tokenUrl: ISSUER });
  passes.push(pass);
  pass.adopt(passFor("ada"));
  const api = createApi({ baseUrl: API, pass, connection, pause: 1, timeout });
  return { api, seen, connection };
}

type Seen = { method: string; pass: string | null; body: string }[];

/** Answers each request with the next of `answers`, the last one for good; keeps what was asked. */
function answers(...list: (() => Response)[]): Seen {
  const seen: Seen = [];
  const answer = async ({ request }: { request: Request }) => {
    seen.push({
      method: request.method,
      pass: request.headers.get("authorization"),
      body: await request.text(),
    });
    return (list[Math.min(seen.length, list.length) - 1] as () => Response)();
  };
  server.use(http.all(LIST, answer), http.all(ONE, answer));
  return seen;
}

const unauthorized = () => apiError(401, "authentication_error");
const away = () => apiError(503, "service_unavailable_error");
const task = () => HttpResponse.json({ id: path.task_id, title: "Tea" });
const dropped = () => HttpResponse.error();

describe("the pass", () => {
  it("goes with every request", async () => {
    const seen = answers(task);
    await client().api.GET("/api/users/{user_id}/tasks", { params: { path } });
    expect(seen).toMatchObject([{ method: "GET", pass: bearer(0) }]);
  });

  it.each(["GET", "PUT", "PATCH", "DELETE", "POST"] as const)(
    "a refused %s is replayed once with a fresh pass and the same body",
    async (method) => {
      const seen = answers(unauthorized, task);
      const { api, seen: counts } = client();
      const url =
        method === "POST" ? "/api/users/{user_id}/tasks" : "/api/users/{user_id}/tasks/{task_id}";
      const init = { params: { path }, ...(/GET|DELETE/.test(method) ? {} : { body }) };
      await api.request(method.toLowerCase() as "put", url as never, init as never);
      expect(seen.map(({ pass }) => pass)).toEqual([bearer(0), bearer(1)]);
      expect(seen[1]?.body).toBe(seen[0]?.body);
      expect(counts.renewals).toBe(1);
    },
  );

  it("a second 401 ends the session and is not tried again", async () => {
    const seen = answers(unauthorized, unauthorized, task);
    const request = client().api.GET("/api/users/{user_id}/tasks", { params: { path } });
    await expect(request).rejects.toThrow(SessionOver);
    expect(seen).toHaveLength(2);
  });

  it("parallel refused requests share one renewal", async () => {
    server.use(
      http.get(LIST, ({ request }) =>
        request.headers.get("authorization") === bearer(0) ? unauthorized() : task(),
      ),
    );
    const { api, seen } = client();
    await Promise.all(
      Array.from({ length: 5 }, () => api.GET("/api/users/{user_id}/tasks", { params: { path } })),
    );
    expect(seen.renewals).toBe(1);
  });
});

describe("without an answer", () => {
  it.each([
    ["no connection", dropped],
    ["408", () => apiError(408, "timeout_error")],
    ["503", away],
    ["a proxy's 502", () => new HttpResponse("<h1>Bad gateway</h1>", { status: 502 })],
    ["a proxy's 504", () => apiError(504, "service_unavailable_error")],
  ])("%s: a read is repeated until it is answered, and the loss is said", async (_, failure) => {
    const seen = answers(failure, failure, task);
    const { api, seen: counts, connection } = client();
    await api.GET("/api/users/{user_id}/tasks/{task_id}", { params: { path } });
    expect(seen).toHaveLength(3);
    expect(counts.lost).toBe(1);
    expect(connection.isLost()).toBe(false);
  });

  it("a read gives up after six attempts", async () => {
    const seen = answers(dropped);
    const { api, connection } = client();
    const request = api.GET("/api/users/{user_id}/tasks", { params: { path } });
    await expect(request).rejects.toThrow(NetworkError);
    expect(seen).toHaveLength(6);
    connection.restored();
  });

  it.each(["PUT", "PATCH", "DELETE"] as const)(
    "%s goes on until it is answered",
    async (method) => {
      const seen = answers(...Array.from({ length: 9 }, () => dropped), task);
      const { api } = client();
      const init = { params: { path }, ...(method === "DELETE" ? {} : { body }) };
      await api.request(
        method.toLowerCase() as "put",
        "/api/users/{user_id}/tasks/{task_id}",
        init as never,
      );
      expect(seen).toHaveLength(10);
      expect(new Set(seen.map((request) => request.body)).size).toBe(1);
    },
  );

  const create = (api: Api) => api.POST("/api/users/{user_id}/tasks", { params: { path }, body });
  const clear = (api: Api) =>
    api.DELETE("/api/users/{user_id}/tasks", { params: { path, query: { status: "done" } } });
  it.each([
    ["no connection: POST", dropped, create],
    ["503: POST", away, create],
    ["no connection: DELETE of what a query finds", dropped, clear],
    ["503: DELETE of what a query finds", away, clear],
  ])("%s is never repeated, it might take effect twice", async (_, failure, request) => {
    const seen = answers(failure, task);
    const { api, connection } = client();
    await expect(request(api)).rejects.toThrow();
    expect(seen).toHaveLength(1);
    connection.restored();
  });

  it.each([
    ["a proxy's 502", () => new HttpResponse("<h1>Bad gateway</h1>", { status: 502 })],
    ["a fault of its own", () => apiError(500, "internal_error")],
    ["the page of a network that wants a sign-in", () => new HttpResponse("<h1>Welcome</h1>")],
    ["a 404", () => new HttpResponse("default backend", { status: 404 })],
  ])("of the issuer, but with %s, the API was not asked, and is", async (_, answer) => {
    const seen = answers(unauthorized, unauthorized, task);
    const { api } = client();
    const pass = () => HttpResponse.json({ token: passFor("ada", { serial: 1 }) });
    server.use(http.get(ISSUER, answer, { once: true }), http.get(ISSUER, pass));
    await api.DELETE("/api/users/{user_id}/tasks/{task_id}", { params: { path } });
    expect(seen.map((request) => request.pass)).toEqual([bearer(0), bearer(0), bearer(1)]);
  });

  it("an attempt that takes too long counts as no answer", async () => {
    let tries = 0;
    server.use(
      http.get(LIST, async () => {
        tries += 1;
        if (tries === 1) await new Promise((resolve) => setTimeout(resolve, 2000));
        return task();
      }),
    );
    await client(1000).api.GET("/api/users/{user_id}/tasks", { params: { path } });
    expect(tries).toBe(2);
  });

  it("a caller who gives up is not kept waiting", async () => {
    answers(dropped);
    const { api, connection } = client();
    const signal = AbortSignal.timeout(30);
    const request = api.DELETE("/api/users/{user_id}/tasks", { params: { path }, signal });
    await expect(request).rejects.toMatchObject({ name: "TimeoutError" });
    connection.restored();
  });

  it("waits as long as Retry-After says, unless the connection is back before", async () => {
    answers(
      () => apiError(503, "service_unavailable_error", { headers: { "Retry-After": "60" } }),
      task,
    );
    const { api, connection } = client();
    let begun = Number.NaN;
    connection.subscribe(() => {
      if (!connection.isLost()) return;
      begun = Date.now();
      setTimeout(() => connection.restored(), 50);
    });
    await api.GET("/api/users/{user_id}/tasks", { params: { path } });
    expect(Date.now() - begun).toBeGreaterThanOrEqual(45);
  });
});

describe("an answer whose body", () => {
  const json = (pull: (controller: ReadableStreamDefaultController) => void) =>
    new Response(new ReadableStream({ pull }), { headers: { "Content-Type": "application/json" } });
  const half = (controller: ReadableStreamDefaultController) =>
    controller.enqueue(new TextEncoder().encode('{"items":['));
  const drops = () => {
    let begun = false;
    return json((controller) => {
      if (begun) controller.error(new TypeError("dropped"));
      else half(controller);
      begun = true;
    });
  };
  /** As fetch does it, the body of what has timed out fails. */
  const stalls = ({ signal }: Request) =>
    json((controller) => {
      signal.addEventListener("abort", () => controller.error(signal.reason));
      return new Promise(() => {});
    });

  /** A client whose answers are these, as they come over the network. */
  function reading(...list: ((request: Request) => Response)[]) {
    const seen = { asked: 0, lost: 0 };
    const connection = createConnection(async () => false);
    connection.subscribe(() => {
      if (connection.isLost()) seen.lost += 1;
    });
    const fetch = async (input: RequestInfo | URL) =>
      (list[Math.min(seen.asked++, list.length - 1)] as (request: Request) => Response)(
        input as Request,
      );
    const api = createApi({ baseUrl: API, pass: { fetch }, connection, pause: 1, timeout: 100 });
    return { api, seen, connection };
  }

  it.each([
    ["drops", drops],
    ["stalls", stalls],
  ])("%s is asked for again, and the loss is said", async (_, failure) => {
    const { api, seen } = reading(failure, failure, () => Response.json({ items: [] }));
    const { data } = await api.GET("/api/users/{user_id}/tasks", { params: { path } });
    expect(data).toEqual({ items: [] });
    expect(seen).toEqual({ asked: 3, lost: 1 });
  });

  it("never arrives is no answer", async () => {
    const { api, connection } = reading(drops);
    const request = api.GET("/api/users/{user_id}/tasks", { params: { path } });
    await expect(request).rejects.toThrow(NetworkError);
    connection.restored();
  });

  it("is empty has arrived", async () => {
    const { api, seen } = reading(() => new Response(null, { status: 204 }));
    await api.DELETE("/api/users/{user_id}/tasks/{task_id}", { params: { path } });
    expect(seen).toEqual({ asked: 1, lost: 0 });
  });
});

it.each([
  ["2", 2],
  ["99999999999999999999", 86_400],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 86_400],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["soon", undefined],
])("Retry-After: %s is a wait that a timer can keep", (value, seconds) => {
  expect(retryAfterSeconds(new Headers({ "Retry-After": value }))).toBe(seconds);
});

describe("refusals", () => {
  it.each([
    [403, "authorization_error"],
    [404, "not_found_error"],
    [409, "conflict_error"],
    [422, "validation_error"],
    [429, "rate_limit_error"],
    [500, "internal_error"],
  ])("%i is thrown at once with its facts", async (status, errorType) => {
    const seen = answers(() => apiError(status, errorType));
    const request = client().api.GET("/api/users/{user_id}/tasks", { params: { path } });
    await expect(request).rejects.toMatchObject({ status, errorType, requestId: "request-7" });
    expect(seen).toHaveLength(1);
  });

  it("a 422 says which field", async () => {
    answers(() =>
      apiError(422, "validation_error", { errors: [{ field: "title", message: "Too long." }] }),
    );
    const request = client().api.PUT("/api/users/{user_id}/tasks/{task_id}", {
      params: { path },
      body,
    });
    await expect(request).rejects.toMatchObject({ fields: { title: "Too long." } });
  });

  it("a body that is not the API's own still gives an error with the status", async () => {
    answers(() => new HttpResponse("<h1>Blocked</h1>", { status: 403 }));
    const request = client().api.GET("/api/users/{user_id}/tasks", { params: { path } });
    await expect(request).rejects.toMatchObject({ status: 403, errorType: "unknown_error" });
  });
});
