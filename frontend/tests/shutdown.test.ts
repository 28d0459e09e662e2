import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";

const PROGRAM = `
  import { createServer } from "node:http";
  import { stopOnSignal } from "./src/server/http/shutdown.ts";
  const server = createServer(async (request, response) => {
    console.log("asked");
    await request.toArray();
    response.end("done");
  });
  stopOnSignal(server, { drainSeconds: 0, onSignal: () => console.log("stopping"), close: async () => {} });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
`;

test("an answer under way at SIGTERM is the last of its connection: the process ends after it, with 0", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "-e", PROGRAM], {
    cwd: new URL("..", import.meta.url),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const said = async () => String((await once(child.stdout, "data"))[0]).trim();
  try {
    const client = connect(Number(await said()), "127.0.0.1");
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
    expect(await said()).toBe("asked");
    child.kill("SIGTERM");
    expect(await said()).toBe("stopping");
    await new Promise((resolve) => setTimeout(resolve, 300));
    client.write("{}");
    const [answer] = await once(client, "data");
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 [\s\S]*done$/);
    const begun = performance.now();
    expect(await ended).toEqual([0, null]);
    expect(performance.now() - begun).toBeLessThan(4000);
  } finally {
    child.kill("SIGKILL");
  }
}, 20_000);
