import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { getMigrations } from "better-auth/db/migration";
import { toNodeHandler } from "better-auth/node";
import { auth } from "./auth.js";

await (await getMigrations(auth.options)).runMigrations();
const handle = toNodeHandler(auth);
const scripts = new URL(".", import.meta.resolve("gatepass/browser"));

async function answer(request, response) {
  if (request.url.startsWith("/api/auth/")) return handle(request, response);
  const script = /^\/gatepass\/([\w-]+\.js)$/.exec(request.url)?.[1];
  const file = script ? new URL(script, scripts) : new URL("index.html", import.meta.url);
  const body = await readFile(file);
  response.setHeader("Content-Type", script ? "text/javascript" : "text/html; charset=utf-8");
  response.end(body);
}

// Better Auth's handler throws at TRACE, say; what nobody catches would end the process.
createServer((request, response) => {
  answer(request, response).catch(({ code }) =>
    response.writeHead(code === "ENOENT" ? 404 : 400).end(),
  );
}).listen(process.env.PORT ?? 3000);
