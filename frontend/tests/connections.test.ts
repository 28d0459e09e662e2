import { once } from "node:events";
import { createReadStream, mkdtempSync, type ReadStream, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { CONNECTION_LIMITS, limitConnections } from "../src/server/http/connections.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

let server: Server;

async function serve(listener: RequestListener): Promise<() => Socket> {
  server = createServer(CONNECTION_LIMITS, listener).listen(0, "127.0.0.1");
  limitConnections(server, () => false, new Headers());
  await once(server, "listening");
  return () => connect((server.address() as AddressInfo).port, "127.0.0.1");
}

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test.each([
  [16, 16],
  [17, 0],
])("of %i requests sent ahead %i are answered", async (sent, answered) => {
  const client = await serve((_, response) => setImmediate(() => response.end("answered")));
  const socket = client();
  let text = "";
  socket.on("data", (data) => {
    text += data;
    if (text.split("answered").length > sent) socket.end();
  });
  socket.on("error", () => {}); // it may be reset
  socket.write(GET.repeat(sent));
  await once(socket, "close");
  expect(text.split("answered").length - 1).toBe(answered);
});

test("files for answers that nobody takes any more are closed", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "gatepass-")), "file");
  writeFileSync(path, Buffer.alloc(5_000_000));
  const files: ReadStream[] = [];
  const client = await serve((_, response) => {
    const file = createReadStream(path);
    files.push(file);
    file.pipe(response);
  });
  const socket = client().pause();
  socket.write(GET.repeat(10));
  await vi.waitFor(() => expect(files.length).toBe(10));
  expect(files.every((file) => file.destroyed)).toBe(false);
  socket.destroy();
  await vi.waitFor(() => expect(files.every((file) => file.destroyed)).toBe(true));
});

test("who takes nothing of an answer is left", async () => {
  const client = await serve((_, response) => response.end(Buffer.alloc(50_000_000)));
  expect(server.timeout).toBe(60_000);
  server.timeout = 300;
  const socket = client().pause();
  const [accepted] = (await once(server, "connection")) as [Socket];
  socket.write(GET);
  await once(accepted, "close");
  socket.destroy();
});

test("an IPv6 network of 48 bits has as many connections as an address", async () => {
  await serve(() => {});
  const from = (address: string) => {
    const socket = new Socket();
    Object.defineProperty(socket, "remoteAddress", { value: address });
    server.emit("connection", socket);
    return socket;
  };
  for (let i = 0; i < 250; i++) expect(from(`2001:db8:7:${i}::1`).destroyed).toBe(false);
  expect(from("2001:db8:7:ffff::1").destroyed).toBe(true);
  expect(from("2001:db8:8::1").destroyed).toBe(false);
  for (let i = 0; i < 250; i++) expect(from("::ffff:192.0.2.7").destroyed).toBe(false);
  expect(from("192.0.2.7").destroyed).toBe(true);
});
