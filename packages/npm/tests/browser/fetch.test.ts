import { beforeEach, describe, expect, it, vi } from "vitest";
import { createPassClient, RedirectError } from "../../src/browser/index.ts";
import { type Answer, bodyOf, issuer, passFor, pause, serve } from "./network.ts";
import { tab } from "./tab.ts";

const bearer = (serial: number) => `Bearer ${passFor("ada", { serial })}`;

/** An API that keeps what it is asked, and answers with the next of `answers`, then with 200. */
async function api(...answers: Answer[]) {
  const asked: { method: string; path: string; pass: string | undefined; body: string }[] = [];
  const url = await serve(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    asked.push({ method, path, pass: headers.authorization, body: await bodyOf(request) });
    const { status = 200, body, headers: more } = answers.shift() ?? {};
    response.writeHead(status, more).end(JSON.stringify(body ?? { ok: true }));
  });
  return { url, asked };
}

let site: Awaited<ReturnType<typeof issuer>>;
beforeEach(async () => {
  site = await issuer();
});

async function signedIn(...answers: Answer[]) {
  const { url, asked } = await api(...answers);
  const { pass, ends } = tab(site.url, "ada", { api: url });
  pass.adopt(passFor("ada"));
  return { url, asked, pass, ends };
}

describe("attaching", () => {
  it("the pass goes with a request, whatever form it has", async () => {
    const { url, asked, pass } = await signedIn();
    await pass.fetch(`${url}/a`);
    await pass.fetch(new URL("/b", url), { headers: { "X-Own": "kept" } });
    await pass.fetch(new Request(`${url}/c`, { method: "POST", body: "hello" }));
    expect(asked.map(({ path, pass }) => [path, pass])).toEqual([
      ["/a", bearer(0)],
      ["/b", bearer(0)],
      ["/c", bearer(0)],
    ]);
    expect(asked[2]?.body).toBe("hello");
  });

  it("another origin gets none, neither its port nor its scheme nor a name that begins alike", async () => {
    const elsewhere = await api();
    const { pass } = await signedIn();
    await pass.fetch(`${elsewhere.url}/a`);
    expect(elsewhere.asked).toMatchObject([{ pass: undefined }]);

    const seen: Request[] = [];
    const fetch = async (input: RequestInfo | URL) => {
      seen.push(input as Request);
      return new Response();
    };
    const { pass: other } = tab(site.url, "ada", { api: "https://api.example.com/v1", fetch });
    other.adopt(passFor("ada"));
    for (const address of [
      "https://api.example.com.evil.test/v1",
      "https://evil.test/https://api.example.com/v1",
      "https://evil.test/v1?https://api.example.com",
      "http://api.example.com/v1",
      "https://api.example.com:8443/v1",
    ])
      await other.fetch(address);
    await other.fetch("https://API.example.com:443/v1");
    expect(seen.map(({ headers }) => headers.has("authorization"))).toEqual([
      ...Array(5).fill(false),
      true,
    ]);
  });

  it("several addresses may be the API's", async () => {
    const first = await api();
    const second = await api();
    const { pass } = tab(site.url, "ada", { api: [first.url, new URL(second.url)] });
    await pass.fetch(first.url);
    await pass.fetch(second.url);
    expect([first.asked[0]?.pass, second.asked[0]?.pass]).toEqual([bearer(1), bearer(1)]);
  });

  it.each([
    [""],
    [[]],
    [[""]],
    ["api.example.com"],
    ["localhost:8000"],
    [["https://api.example.com", "api.example.com/v1"]],
    ["wss://api.example.com"],
    [new URL("file:///api")],
    [undefined],
  ])("api: %j is refused at once", (value) => {
    const create = () => createPassClient({ api: value as string, tokenUrl: site.url });
    expect(create).toThrow(TypeError);
    expect(create).toThrow("createPassClient: api must be the base URL of the API, with https://");
  });

  it("a path is the page's own origin", () => {
    vi.stubGlobal("location", new URL("https://app.example.com/tasks/1"));
    const { pass } = tab(site.url, "ada", { api: "/api" });
    const apis = ["/api/me", "wss://app.example.com/api/ws", "https://example.com/api"];
    expect(apis.map(pass.isApi)).toEqual([true, true, false]);
    vi.unstubAllGlobals();
  });

  it.each([301, 302, 303, 307, 308])(
    "a %i is not followed, not even within the API",
    async (status) => {
      const elsewhere = await api();
      for (const location of [`${elsewhere.url}/steal`, "/tasks/"]) {
        const { url, asked, pass } = await signedIn({ status, headers: { Location: location } });
        const failure = await pass.fetch(`${url}/tasks`).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(RedirectError);
        expect((failure as Error).message).toContain(`${url}/tasks redirects`);
        expect(asked).toHaveLength(1);
      }
      expect(elsewhere.asked).toEqual([]);
    },
  );

  it("who asks to see redirects sees them", async () => {
    const { url, pass } = await signedIn({ status: 302, headers: { Location: "/x" } });
    expect((await pass.fetch(url, { redirect: "manual" })).status).toBe(302);
  });
});

describe("replaying", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE", "POST"])(
    "a refused %s is sent once again with a fresh pass and the same body",
    async (method) => {
      const { url, asked, pass } = await signedIn({ status: 401 });
      const body = method === "GET" ? null : "a body";
      expect((await pass.fetch(`${url}/x`, { method, body })).status).toBe(200);
      expect(asked.map((request) => request.pass)).toEqual([bearer(0), bearer(1)]);
      expect(asked[1]).toMatchObject({ method, body: body ?? "", path: "/x" });
    },
  );

  it("a body that is a stream is there the second time too", async () => {
    const { url, asked, pass } = await signedIn({ status: 401 });
    const body = new Blob(["first ", "second"]).stream();
    await pass.fetch(url, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(asked.map((request) => request.body)).toEqual(["first second", "first second"]);
  });

  it("a second 401 is the caller's: the session is not over, and nothing is tried again", async () => {
    const { url, asked, pass, ends } = await signedIn({ status: 401 }, { status: 401 });
    expect((await pass.fetch(url)).status).toBe(401);
    expect([asked.length, site.asked, ends]).toEqual([2, 1, []]);
  });

  it.each([400, 403, 404, 409, 422, 429, 500, 503])(
    "a %i is the caller's at once",
    async (status) => {
      const { url, asked, pass, ends } = await signedIn({ status, body: { why: "kept" } });
      const response = await pass.fetch(url);
      expect([response.status, await response.json()]).toEqual([status, { why: "kept" }]);
      expect([asked.length, site.asked, ends]).toEqual([1, 0, []]);
    },
  );

  it("parallel refused requests share one renewal", async () => {
    const refusals = Array.from({ length: 5 }, () => ({ status: 401 }));
    const { url, asked, pass } = await signedIn(...refusals);
    await Promise.all(refusals.map(() => pass.fetch(url)));
    expect([asked.length, site.asked]).toEqual([10, 1]);
  });

  it("a refused request whose session is over fails with that", async () => {
    const { url, asked, pass, ends } = await signedIn({ status: 401 });
    site.instead.push({ status: 401 });
    await expect(pass.fetch(url)).rejects.toMatchObject({ name: "SessionOver", reason: "expired" });
    expect([asked.length, ends]).toEqual([1, ["expired"]]);
  });

  it("a refused request while the issuer is away fails with that, and nobody is signed out", async () => {
    const { url, pass, ends } = await signedIn({ status: 401 });
    site.instead.push({ status: 503, headers: { "Retry-After": "7" } });
    await expect(pass.fetch(url)).rejects.toMatchObject({ name: "IssuerError", retryAfter: 7 });
    expect(ends).toEqual([]);
  });
});

describe("giving up", () => {
  it("does not wait for the pass, which the others still get", async () => {
    const { url } = await api();
    const { pass } = tab(site.url, "ada", { api: url });
    const both = [pass.fetch(url, { signal: AbortSignal.timeout(1) }), pass.fetch(url)];
    const [first, second] = await Promise.allSettled(both);
    expect(first).toMatchObject({ status: "rejected", reason: { name: "TimeoutError" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { status: 200 } });
    expect(site.asked).toBe(1);
  });

  it("before it began, nothing is asked", async () => {
    const { url, asked, pass } = await signedIn();
    await expect(pass.fetch(url, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    expect(asked).toEqual([]);
  });

  it("on the way, the request is given up", async () => {
    const slow = await serve(async (_, response) => {
      await pause(200);
      response.end();
    });
    const { pass } = tab(site.url, "ada", { api: slow });
    const request = pass.fetch(slow, { signal: AbortSignal.timeout(80) });
    await expect(request).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("leaves no listener on a signal that lives long", async () => {
    const { url, pass } = await signedIn();
    const warnings: unknown[] = [];
    const warn = (warning: unknown) => warnings.push(warning);
    process.on("warning", warn);
    const { signal } = new AbortController();
    for (let times = 0; times < 60; times += 1) await pass.fetch(url, { signal });
    await pause(10);
    process.off("warning", warn);
    expect(warnings).toEqual([]);
  });
});
