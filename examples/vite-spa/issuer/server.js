import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { gatepass } from "gatepass/server";

const SPA = "http://localhost:5173";

const auth = betterAuth({
  database: new DatabaseSync(process.env.AUTH_DATABASE ?? "auth.sqlite"),
  baseURL: "http://localhost:3000",
  trustedOrigins: [SPA],
  emailAndPassword: { enabled: true },
  // Set in the database alone: who signs up may write any email, and nobody's role.
  user: { additionalFields: { role: { type: "string", required: false, input: false } } },
  plugins: [gatepass({ claims: ({ role }) => ({ roles: role ? [role] : [] }) })],
});
await (await getMigrations(auth.options)).runMigrations();
const handle = toNodeHandler(auth);

createServer((request, response) => {
  if (request.headers.origin === SPA) {
    response.setHeader("Access-Control-Allow-Origin", SPA);
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Access-Control-Allow-Headers", "Content-Type");
    response.setHeader("Vary", "Origin");
  }
  if (request.method === "OPTIONS") response.writeHead(204).end();
  // It throws at TRACE, say; what nobody catches would end the process.
  else handle(request, response).catch(() => response.writeHead(400).end());
}).listen(process.env.PORT ?? 3000);
