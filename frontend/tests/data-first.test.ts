import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cookiesOf, createSite, PASSWORD, type Site } from "./site.ts";

let api: Server;
let status: number;
let asked: Pick<IncomingMessage, "method" | "url" | "headers">[];
let site: Site;

/** The API at its network edge: notes what it is asked, answers `status`. */
beforeEach(async () => {
  [status, asked] = [204, []];
  api = createServer(({ method, url, headers }, response) => {
    asked.push({ method, url, headers });
    response.writeHead(status).end();
  }).listen(0, "127.0.0.1");
  await once(api, "listening");
  const { port } = api.address() as AddressInfo;
  site = await createSite({ API_INTERNAL_URL: `http://127.0.0.1:${port}/` });
});

afterEach(() => api.close());

async function signUp() {
  const response = await site.signUp("leave@example.com");
  const { user } = (await response.json()) as { user: { id: string } };
  const cookie = cookiesOf(response);
  return {
    id: user.id,
    leave: (password: string) => site.post("/delete-user", { password }, cookie),
  };
}

test("what the user has goes first, with the user's own pass", async () => {
  const { id, leave } = await signUp();
  expect((await leave(PASSWORD)).status).toBe(200);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ method: "DELETE", url: `/api/users/${id}` });
  const [, claims = ""] = asked[0]?.headers.authorization?.split(".") ?? [];
  expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toMatchObject({ sub: id });
  expect((await site.signIn("leave@example.com")).status).toBe(401);
});

test.each([401, 500, 503])("nothing is deleted when the API answers %i", async (answer) => {
  status = answer;
  const { leave } = await signUp();
  const response = await leave(PASSWORD);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ code: "DATA_NOT_DELETED" });
  expect((await site.signIn("leave@example.com")).status).toBe(200);
});

test("nothing is deleted when the API is away", async () => {
  const { leave } = await signUp();
  api.close();
  api.closeAllConnections();
  expect((await leave(PASSWORD)).status).toBe(503);
  expect((await site.signIn("leave@example.com")).status).toBe(200);
});

test("nothing goes without the password", async () => {
  const { leave } = await signUp();
  expect((await leave("not the password")).status).toBe(400);
  expect(asked).toEqual([]);
});
