/** The libraries that ask an API in most pages: each takes `pass.fetch`, and keeps its own ways. */
import { QueryClient, QueryObserver } from "@tanstack/query-core";
import axios, { AxiosError } from "axios";
import createClient from "openapi-fetch";
import { describe, expect, it } from "vitest";
import { IssuerError, SessionOver } from "../../src/browser/index.ts";
import { bodyOf, issuer, passFor, serve } from "./network.ts";
import { tab } from "./tab.ts";

/** An API that refuses the first pass, and the page's client for it, signed in with that pass. */
async function refusing(status = 401) {
  const site = await issuer();
  const stale = passFor("ada");
  const seen: { pass: string | undefined; body: string }[] = [];
  const url = await serve(async (request, response) => {
    const pass = request.headers.authorization;
    seen.push({ pass, body: await bodyOf(request) });
    const refused = pass === `Bearer ${stale}`;
    response.writeHead(refused ? status : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(refused ? { detail: "No." } : { title: "Tea" }));
  });
  const { pass, ends } = tab(site.url, "ada", { api: url });
  pass.adopt(stale);
  return { url, seen, site, pass, ends };
}

const renewed = `Bearer ${passFor("ada", { serial: 1 })}`;

describe("axios", () => {
  const client = (baseURL: string, fetch: typeof globalThis.fetch) =>
    axios.create({ baseURL, adapter: "fetch", env: { fetch } });

  it("sends again what was refused, with its body", async () => {
    const { url, seen, pass } = await refusing();
    const { data } = await client(url, pass.fetch).post("/tasks", { title: "Tea" });
    expect(data).toEqual({ title: "Tea" });
    expect(seen.map(({ body }) => body)).toEqual(['{"title":"Tea"}', '{"title":"Tea"}']);
    expect(seen[1]?.pass).toBe(renewed);
  });

  it("has its own error for a 403, and nobody is signed out", async () => {
    const { url, seen, pass, ends } = await refusing(403);
    const failure = await client(url, pass.fetch)
      .get("/tasks")
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AxiosError);
    expect((failure as AxiosError).response).toMatchObject({
      status: 403,
      data: { detail: "No." },
    });
    expect([seen.length, ends]).toEqual([1, []]);
  });

  it("ends with the end of the session", async () => {
    const { url, site, pass, ends } = await refusing();
    site.instead.push({ status: 401 });
    const failure = await client(url, pass.fetch)
      .get("/tasks")
      .catch((error: unknown) => error);
    expect(failure instanceof AxiosError ? failure.cause : failure).toBeInstanceOf(SessionOver);
    expect(ends).toEqual(["expired"]);
  });
});

describe("openapi-fetch", () => {
  type Paths = {
    "/tasks": {
      get: { responses: { 200: { content: { "application/json": { title: string } } } } };
    };
  };

  it("sends again what was refused", async () => {
    const { url, seen, pass } = await refusing();
    const api = createClient<Paths>({ baseUrl: url, fetch: pass.fetch });
    expect((await api.GET("/tasks")).data?.title).toBe("Tea");
    expect(seen[1]?.pass).toBe(renewed);
  });

  it("has its own answer to a 403", async () => {
    const { url, pass } = await refusing(403);
    const { error, response } = await createClient<Paths>({ baseUrl: url, fetch: pass.fetch }).GET(
      "/tasks",
    );
    expect([error, response.status]).toEqual([{ detail: "No." }, 403]);
  });
});

describe("TanStack Query", () => {
  it("repeats what the issuer could not do, as its own rule says", async () => {
    const { url, site, seen, pass } = await refusing();
    site.instead.push({ status: 503 });
    const client = new QueryClient();
    const observer = new QueryObserver(client, {
      queryKey: ["tasks"],
      queryFn: async ({ signal }) => (await pass.fetch(`${url}/tasks`, { signal })).json(),
      retry: (_, error) => error instanceof IssuerError,
      retryDelay: 1,
    });
    const data = await new Promise((resolve) => {
      observer.subscribe((result) => result.data && resolve(result.data));
    });
    expect(data).toEqual({ title: "Tea" });
    expect(seen.at(-1)?.pass).toBe(`Bearer ${passFor("ada", { serial: 2 })}`);
    expect(site.asked).toBe(2);
    client.clear();
  });
});
