import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream, mkdtempSync, type ReadStream, writeFileSync } from "node:fs";
import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  ServerResponse,
} from "node:http";
import { type AddressInfo, connect, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import {
  CONNECTION_LIMITS,
  limitAnswers,
  limitConnections,
  oneByOne,
} from "../src/server/http/connections.ts";
import { log } from "../src/server/http/log.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

let server: Server;

async function serve(listener: RequestListener, stall?: number): Promise<() => Socket> {
  server = createServer(CONNECTION_LIMITS, oneByOne(listener)).listen(0, "127.0.0.1");
  limitConnections(server, () => false, new Headers(), stall);
  await once(server, "listening");
  return () => connect((server.address() as AddressInfo).port, "127.0.0.1");
}

afterEach(() => {
  vi.restoreAllMocks();
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

test("a tunnel behind a request that waits for its answer ends the connection", async () => {
  const client = await serve((_, response) => setImmediate(() => response.end("answered")));
  const socket = client();
  socket.on("error", () => {}); // it may be reset
  socket.write(`${GET}CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n`);
  await once(socket, "close");
});

test("of answers that nobody takes one is made, and its file is closed at the end", async () => {
  const SIZE = 30_000_000; // more than the buffers of a connection take
  const path = join(mkdtempSync(join(tmpdir(), "gatepass-")), "file");
  writeFileSync(path, Buffer.alloc(SIZE));
  const files: ReadStream[] = [];
  const client = await serve((_, response) => {
    const file = createReadStream(path);
    files.push(file);
    pipeline(file, response, () => {});
  });
  const socket = client().pause();
  socket.write(GET.repeat(3));
  await vi.waitFor(() => expect(files.length).toBe(1), 10_000);
  await setTimeout(100);
  expect(files.length).toBe(1);
  let taken = 0;
  socket.on("data", ({ length }) => {
    taken += length;
  });
  socket.resume();
  await vi.waitFor(() => expect(taken).toBeGreaterThan(3 * SIZE), 40_000);
  expect(files.length).toBe(3);
  socket.pause().write(GET.repeat(3));
  await vi.waitFor(() => expect(files.length).toBe(4), 10_000);
  socket.destroy();
  await vi.waitFor(() => expect(files.every((file) => file.destroyed)).toBe(true), 10_000);
});

test("who takes nothing of an answer is left, whatever else is sent", async () => {
  const begin = limitAnswers(500, 200);
  const client = await serve((request, response) => {
    begin(response, String(request.socket.remoteAddress));
    response.end(Buffer.alloc(50_000_000));
  });
  const socket = client().pause();
  socket.on("error", () => {}); // it may be reset
  const [accepted] = (await once(server, "connection")) as [Socket];
  socket.write(GET);
  const blank = setInterval(() => socket.write("\r\n"), 50);
  await once(accepted, "close");
  clearInterval(blank);
  socket.destroy();
});

test("nor does one stay who takes nothing of what this server answers by itself", async () => {
  const client = await serve((_, response) => response.end(Buffer.alloc(50_000_000)), 500);
  const socket = client().pause();
  socket.on("error", () => {}); // it may be reset
  const [accepted] = (await once(server, "connection")) as [Socket];
  socket.write(GET.repeat(3));
  await once(accepted, "close");
  expect(accepted.bytesWritten).toBeLessThan(150_000_000);
  socket.destroy();
});

test("who reset a connection before it was taken is nobody, and is not answered", async () => {
  const asked = vi.fn((_: IncomingMessage, response: ServerResponse) => void response.end());
  const client = await serve(asked);
  const { port } = server.address() as AddressInfo;
  const written = `s.write(${JSON.stringify(GET)}, () => s.resetAndDestroy())`;
  // This process takes no connection while it waits for the other one.
  execFileSync(process.execPath, [
    "-e",
    `const s = net.connect(${port}, "127.0.0.1", () => ${written})`,
  ]);
  const next = client();
  next.end(GET).resume();
  await once(next, "close");
  expect(asked).toHaveBeenCalledOnce();
});

test("of too many answers at once the oldest of whoever has most ends", async () => {
  const begin = limitAnswers(4);
  const ended: string[] = [];
  const answer = (client: string, name: string, begun = true) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.assignSocket(new Socket());
    if (begun) response.writeHead(200);
    response.once("close", () => ended.push(name));
    begin(response, client);
    return response;
  };
  answer("192.0.2.7", "an only one");
  const finished = answer("2001:db8:7::1", "finished");
  answer("2001:db8:7:1::1", "not begun", false);
  answer("2001:db8:7:2::1", "third");
  answer("2001:db8:7:3::1", "fourth");
  finished.destroy();
  await vi.waitFor(() => expect(ended).toEqual(["finished"]), 10_000);
  answer("192.0.2.8", "of another");
  expect(ended).toEqual(["finished"]);
  answer("192.0.2.9", "one too many");
  await vi.waitFor(() => expect(ended).toEqual(["finished", "third"]), 10_000);
});

test("answers that have not begun are nobody's end", () => {
  const begin = limitAnswers(2);
  const answer = (client: string, begun: boolean) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.assignSocket(new Socket());
    if (begun) response.writeHead(200);
    begin(response, client);
    return response;
  };
  const visitor = answer("192.0.2.7", true);
  for (let i = 0; i < 5; i++) answer("192.0.2.8", false);
  answer("192.0.2.9", true);
  expect(visitor.destroyed).toBe(false);
});

test("an answer is ended, and told, once, however many come before it has closed", () => {
  const ended = vi.spyOn(log, "warn").mockReturnValue();
  const begin = limitAnswers(2);
  const answers = Array.from({ length: 7 }, (_, at) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.assignSocket(new Socket());
    response.writeHead(200);
    begin(response, `192.0.2.${at % 2}`);
    return response;
  });
  const destroyed = answers.map((each) => each.destroyed);
  expect(destroyed.filter((each) => !each)).toHaveLength(2);
  expect(destroyed.slice(-2)).toEqual([false, false]);
  expect(ended.mock.calls.filter(([event]) => event === "answer_ended")).toHaveLength(5);
});

test("however many headers there are, all of them are seen", async () => {
  const client = await serve(({ headers }, response) => response.end(headers["content-type"]));
  const socket = client();
  let text = "";
  socket.on("data", (data) => {
    text += data;
  });
  const many = "a:\r\n".repeat(3000);
  socket.write(
    `GET / HTTP/1.1\r\nHost: a\r\n${many}Content-Type: last\r\nConnection: close\r\n\r\n`,
  );
  await once(socket, "close");
  expect(text).toContain("HTTP/1.1 200 OK");
  expect(text).toContain("last");
});

test("a refusal is not written into an answer that has begun", async () => {
  const client = await serve((_, response) => {
    response.write("begun");
  });
  const socket = client();
  let text = "";
  socket.on("error", () => {}); // it may be reset
  socket.on("data", (data) => {
    if (!text) socket.write("what is no request\r\n\r\n");
    text += data;
  });
  socket.write(GET);
  await once(socket, "close");
  expect(text).toContain("begun");
  expect(text).not.toContain("400");
});

test.each([
  [1, [true, true, true, false, false, false]],
  [2, [true, true, false, true, false, false]],
])("of those that %i began together, too many, each loses down to the same", (holders, ended) => {
  const begin = limitAnswers(2);
  const answers = Array.from({ length: 6 }, (_, at) => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    response.assignSocket(new Socket());
    begin(response, `192.0.2.${holders === 2 && at > 2 ? 9 : 7}`);
    return response;
  });
  for (const each of answers.slice(0, 5)) each.writeHead(200);
  begin(answers[5] as ServerResponse, "192.0.2.8");
  expect(answers.map(({ destroyed }) => destroyed)).toEqual(ended);
});

test("where all are taken whoever asks for nothing makes room", async () => {
  const client = await serve((_, response) => void response.end("answered"));
  server.maxConnections = 2;
  const kept = [client(), client()];
  for (const each of kept) {
    each.write(GET);
    await once(each, "data");
  }
  const refused = client();
  await once(refused, "close");
  const next = client();
  next.write(GET);
  expect(String((await once(next, "data"))[0])).toContain("answered");
  for (const each of [...kept, next]) each.destroy();
});

test("so does whoever has most of them, but for those whose request is being answered", async () => {
  const held: ServerResponse[] = [];
  const client = await serve((request, response) => {
    if (request.url === "/held") held.push(response);
    else response.end("answered");
  });
  const [silent, answered, sending] = [Array.from({ length: 20 }, client), client(), client()];
  answered.write(GET.replace("/", "/held"));
  sending.write("POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
  await vi.waitFor(() => expect(held).toHaveLength(2), 10_000);
  server.maxConnections = 22;
  const ended = [...silent, sending].map((each) => once(each, "close"));
  await once(client(), "close");
  await Promise.all(ended);
  const next = client();
  next.write(GET);
  expect(String((await once(next, "data"))[0])).toContain("answered");
  for (const each of held) each.end("held");
  expect(String((await once(answered, "data"))[0])).toContain("held");
});

test("and nobody is spared because of somebody who could not", async () => {
  await serve(() => {});
  const open = (host: number) =>
    Array.from({ length: 20 }, () => {
      const socket = new Socket();
      Object.defineProperty(socket, "remoteAddress", { value: `192.0.2.${host}` });
      server.emit("connection", socket);
      return socket;
    });
  const [asking, silent] = [open(7), open(8)];
  for (const socket of asking) {
    const request = Object.assign(new IncomingMessage(socket), { complete: true });
    server.emit("request", request, new ServerResponse(request));
  }
  server.emit("drop", undefined);
  expect(asking.filter(({ destroyed }) => destroyed)).toEqual([]);
  expect(silent.filter(({ destroyed }) => !destroyed)).toEqual([]);
});

test("but nobody does whose next request is coming in", async () => {
  const client = await serve((_, response) => void response.end("answered"));
  server.maxConnections = 1;
  const kept = client();
  const [accepted] = (await once(server, "connection")) as [Socket];
  kept.write(GET);
  await once(kept, "data");
  kept.write(GET.slice(0, 20));
  await vi.waitFor(() => expect(accepted.bytesRead).toBeGreaterThan(GET.length), 10_000);
  await once(client(), "close");
  kept.write(GET.slice(20));
  expect(String((await once(kept, "data"))[0])).toContain("answered");
  kept.destroy();
});

test("nor who is still taking the answer", async () => {
  const SIZE = 20_000_000; // more than the buffers of a connection take
  const client = await serve((_, response) => void response.end(Buffer.alloc(SIZE)));
  server.maxConnections = 1;
  const slow = client().pause();
  slow.write(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  await once(server, "request");
  await once(client(), "close");
  let taken = 0;
  slow.on("data", (data) => {
    taken += data.length;
  });
  slow.resume();
  await once(slow, "close");
  expect(taken).toBeGreaterThan(SIZE);
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
