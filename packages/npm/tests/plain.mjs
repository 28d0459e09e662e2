/**
 * An app of somebody else in plain JavaScript, for a Node that is too old for the test runner: an
 * issuer over HTTP, the typed client's plugin, and the pass client of a page. Prints "ok".
 */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { betterAuth } from "better-auth";
import { memoryAdapter } from "better-auth/adapters/memory";
import { createAuthClient } from "better-auth/client";
import { toNodeHandler } from "better-auth/node";
import { createPassClient } from "gatepass/browser";
import { gatepassClient } from "gatepass/client";
import { gatepass, mintToken, TOKEN_HEADER } from "gatepass/server";

let refusals = 1;
const seen = [];
const api = createServer((request, response) => {
  seen.push(request.headers.authorization);
  response.writeHead(refusals-- > 0 ? 401 : 200, { "Content-Type": "application/json" });
  response.end('{"title":"Tea"}');
});
const port = await new Promise((resolve) => {
  api.listen(0, () => resolve(api.address().port));
});

const web = createServer((request, response) => toNodeHandler(auth)(request, response));
const origin = await new Promise((resolve) => {
  web.listen(0, () => resolve(`http://localhost:${web.address().port}`));
});
const auth = betterAuth({
  database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
  baseURL: origin,
  secret: "0f6d1c8b7a5e4938271605f4e3d2c1b0a9f8e7d6",
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [gatepass({ claims: (user) => ({ name: user.name }), audience: "tasks" })],
});

const signUp = await fetch(`${origin}/api/auth/sign-up/email`, {
  method: "POST",
  headers: { "Content-Type": "application/json", Origin: origin },
  body: JSON.stringify({ name: "Ada", email: "ada@example.com", password: "long enough" }),
});
assert.equal(signUp.status, 200);
const first = signUp.headers.get(TOKEN_HEADER);
const claims = JSON.parse(Buffer.from(first.split(".")[1], "base64url").toString());
assert.deepEqual(Object.keys(claims), ["sub", "email", "iat", "exp", "aud", "name"]);

const cookie = signUp.headers
  .getSetCookie()
  .map((line) => line.split(";")[0])
  .join("; ");
const withCookie = (input, init) =>
  fetch(input instanceof Request ? new Request(input) : input, {
    ...init,
    headers: input instanceof Request ? input.headers : { Cookie: cookie },
  });
const minted = await mintToken(auth, new Headers({ Cookie: cookie }));
assert.equal(minted.split(".").length, 3);
const client = createAuthClient({
  baseURL: origin,
  plugins: [gatepassClient()],
  fetchOptions: { headers: { Cookie: cookie } },
});
assert.equal((await client.gatepass.token()).data.token.split(".").length, 3);

const pass = createPassClient({
  api: `http://localhost:${port}`,
  tokenUrl: `${origin}/api/auth/gatepass/token`,
  fetch: withCookie,
});
pass.adopt(signUp);
const answer = await pass.fetch(`http://localhost:${port}/tasks`, { method: "PUT", body: "{}" });
assert.deepEqual(await answer.json(), { title: "Tea" });
assert.equal(seen.length, 2);
assert.equal(seen[0], `Bearer ${first}`);
pass.close();
for (const server of [api, web]) {
  server.closeAllConnections();
  server.close();
}
process.stdout.write("ok\n");
