/** The one-line recipes of the README's table, each run as it is printed. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import axios from "axios";
import { createAuthClient } from "better-auth/client";
import createClient from "openapi-fetch";
import { expect, it, vi } from "vitest";
import { openSocket, webSocketProtocols } from "../../src/browser/index.ts";
import { issuer, PATIENT, passFor, serve } from "./network.ts";
import { tab } from "./tab.ts";

const page = readFileSync(join(import.meta.dirname, "../../README.md"), "utf8");
const table = page.split("| what | how |\n")[1]?.split("\n\n")[0] ?? "";
const rows = new Map(
  [...table.matchAll(/^\| (.+?) \| (.+) \|$/gm)].map(([, what = "", how = ""]) => [
    what,
    [...how.matchAll(/`(.+?)`/g)].map(([, code = ""]) => code),
  ]),
);

/** What the recipes take for granted, around an API that answers and notes who asks. */
async function given() {
  const site = await issuer();
  const asked: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    asked.push(request.headers.authorization ?? request.headers["sec-websocket-protocol"]);
    response.setHeader("Content-Type", "application/json").end('{"title":"Tea"}');
  });
  const token = passFor("ada");
  const names = {
    ...tab(site.url, "ada", { api: url }),
    ...{ axios, createClient, openSocket, webSocketProtocols, url, baseUrl: url, token },
    response: { headers: new Headers({ "set-auth-jwt": token }) },
    authClient: createAuthClient({ baseURL: new URL(site.url).origin }),
    ...{ changePasswordUrl: site.url, init: { method: "POST" } },
    listen: vi.fn<(socket: WebSocket) => void>(),
  };
  /** The row's code, or one of its pieces, after `names` as a page would have them. */
  const run = async (what: string, piece = 0) => {
    const code = rows.get(what)?.[piece];
    expect(code, what).toBeTypeOf("string");
    const expression = stripTypeScriptTypes(`(${code?.replace(/^queryFn: /, "")})`);
    const body = `return async () => ${expression}`;
    return new Function(...Object.keys(names), body)(...Object.values(names))();
  };
  return { ...names, site, asked, run, bearer: `Bearer ${token}` };
}

const CHANGE_PASSWORD = "change the password, and keep the session";
const SIGN_OUT = "sign out, in every tab";
const recipes: Record<string, () => Promise<void>> = {
  async "take the pass that came with a sign-in"() {
    for (const piece of [0, 1]) {
      const { run, pass, token } = await given();
      await run("take the pass that came with a sign-in", piece);
      expect(await pass.token()).toBe(token);
    }
  },
  async [CHANGE_PASSWORD]() {
    const { run, site, pass } = await given();
    const token = passFor("ada", { serial: 9 });
    site.instead.push({ headers: { "set-auth-jwt": token } });
    const answer: Response = await run(CHANGE_PASSWORD);
    expect([answer.status, await pass.token(), site.asked]).toEqual([200, token, 1]);
  },
  async [SIGN_OUT]() {
    const { run, site, ends } = await given();
    site.instead.push({ body: { success: true } }, { status: 500 });
    await run(SIGN_OUT);
    expect(ends).toEqual(["signed-out"]);
    const again = await given();
    again.site.instead.push({ status: 500 });
    await expect(again.run(SIGN_OUT)).rejects.toThrow();
    expect(again.ends).toEqual([]);
  },
  async axios() {
    const { run, url, pass, asked, token, bearer } = await given();
    pass.adopt(token);
    expect((await (await run("axios")).get(url)).data).toEqual({ title: "Tea" });
    expect(asked).toEqual([bearer]);
  },
  async "openapi-fetch"() {
    const { run, pass, asked, token, bearer } = await given();
    pass.adopt(token);
    expect((await (await run("openapi-fetch")).GET("/tasks")).data).toEqual({ title: "Tea" });
    expect(asked).toEqual([bearer]);
  },
  async "TanStack Query"() {
    const { run, pass, asked, token, bearer } = await given();
    pass.adopt(token);
    const queryFn = await run("TanStack Query");
    expect(await queryFn({ signal: new AbortController().signal })).toEqual({ title: "Tea" });
    expect(asked).toEqual([bearer]);
  },
  async "a WebSocket that outlives its pass"() {
    const { run, listen } = await given();
    const stop = await run("a WebSocket that outlives its pass");
    await vi.waitFor(() => expect(listen).toHaveBeenCalledOnce(), PATIENT);
    stop();
  },
  async "a WebSocket of a library's"() {
    const { run, pass, token } = await given();
    pass.adopt(token);
    expect(await run("a WebSocket of a library's")).toEqual(["gatepass", `bearer.${token}`]);
  },
};

it("has no other recipes than these", () => {
  expect([...rows.keys()]).toEqual(Object.keys(recipes));
});

it.each(Object.keys(recipes))("%s", async (what) => recipes[what]?.());
