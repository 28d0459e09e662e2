import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";

let taken: Server;
afterEach(() => taken.close());

test("a METRICS_PORT that is taken ends the start in one line that names it", async () => {
  taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as AddressInfo;
  const program = `
    import { serveMetrics } from "./src/server/http/prometheus.ts";
    serveMetrics(${port}, "127.0.0.1");
    setTimeout(() => {}, 3000);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [chunks, [status]] = await Promise.all([child.stderr.toArray(), once(child, "exit")]);
  expect(Buffer.concat(chunks).toString()).toBe(
    `METRICS_PORT ${port} is taken; free it or set another.\n`,
  );
  expect(status).toBe(2);
}, 20_000);
