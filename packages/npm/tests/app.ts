/** An app of somebody else, for package.test.ts: signs up, and prints both roads to a token. */
import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { createAuthClient } from "better-auth/client";
import { getMigrations } from "better-auth/db/migration";
import { gatepassClient } from "gatepass/client";
import { gatepass, TOKEN_HEADER } from "gatepass/server";

const baseURL = "http://localhost";
const auth = betterAuth({
  database: new DatabaseSync(":memory:"),
  baseURL,
  secret: "0f6d1c8b7a5e4938271605f4e3d2c1b0a9f8e7d6",
  emailAndPassword: { enabled: true },
  telemetry: { enabled: false },
  plugins: [gatepass({ expiresIn: 3600 })],
});
await (await getMigrations(auth.options)).runMigrations();

const answer = await auth.handler(
  new Request(`${baseURL}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Origin: baseURL },
    body: JSON.stringify({ name: "Ada", email: "ada@example.com", password: "long enough" }),
  }),
);
const headers = new Headers({ cookie: answer.headers.getSetCookie().join("; ") });
const { token } = await auth.api.getGatepassToken({ headers });
process.stdout.write(JSON.stringify([answer.headers.get(TOKEN_HEADER), token satisfies string]));

// What the types refuse, and so that they are there at all:
const client = createAuthClient({ baseURL, plugins: [gatepassClient()] });
export const mistakes = [
  // @ts-expect-error the lifetime is a number
  () => gatepass({ expiresIn: "1h" }),
  // @ts-expect-error the answer has no such member
  async () => (await client.gatepass.token()).data?.jwt,
];
