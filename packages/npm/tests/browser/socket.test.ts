import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { expect, it, vi } from "vitest";
import { openSocket, webSocketProtocols } from "../../src/browser/index.ts";
import { issuer, PATIENT, passFor, pause, serve } from "./network.ts";
import { tab } from "./tab.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455 section 1.3

/** An API with one socket: keeps what is offered, and can close what is open with a code. */
async function socketApi() {
  const offered: (string | undefined)[] = [];
  const open: Duplex[] = [];
  const url = await serve(
    (_, response) => response.end(),
    (request: IncomingMessage, socket) => {
      offered.push(request.headers["sec-websocket-protocol"]);
      const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${GUID}`);
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: gatepass\r\nSec-WebSocket-Accept: ${key.digest("base64")}\r\n\r\n`,
      );
      socket.on("error", () => {});
      open.push(socket);
    },
  );
  /** A close frame (RFC 6455 section 5.5.1) with a code. */
  const close = (code: number) => open.at(-1)?.end(Buffer.from([0x88, 2, code >> 8, code & 255]));
  return { url, offered, open, close };
}

const offer = (serial: number) => `gatepass, bearer.${passFor("ada", { serial })}`;

it("a socket carries the pass and is opened anew with a fresh one when that has ended", async () => {
  const [site, api] = [await issuer(), await socketApi()];
  const { pass } = tab(site.url, "ada", { api: api.url });
  const sockets: WebSocket[] = [];
  const stop = openSocket(pass, `${api.url.replace("http", "ws")}/ws`, (socket) =>
    sockets.push(socket),
  );
  await vi.waitFor(() => expect(sockets[0]?.readyState).toBe(WebSocket.OPEN), PATIENT);
  expect(sockets[0]?.protocol).toBe("gatepass");
  expect(api.offered).toEqual([offer(1)]);

  api.close(4401);
  await vi.waitFor(() => expect(sockets[1]?.readyState).toBe(WebSocket.OPEN), PATIENT);
  expect(api.offered).toEqual([offer(1), offer(2)]);
  stop();
  await vi.waitFor(() => expect(sockets[1]?.readyState).toBeGreaterThan(WebSocket.OPEN), PATIENT);
  expect(sockets).toHaveLength(2);
});

it("another end is the page's to see, and nothing is opened again", async () => {
  const [site, api] = [await issuer(), await socketApi()];
  const { pass } = tab(site.url, "ada", { api: api.url });
  const codes: number[] = [];
  openSocket(pass, `${api.url}/ws`, (socket) =>
    socket.addEventListener("close", ({ code }) => codes.push(code)),
  );
  await vi.waitFor(() => expect(api.open).toHaveLength(1), PATIENT);
  api.close(1001);
  await vi.waitFor(() => expect(codes).toEqual([1001]), PATIENT);
  await new Promise((resolve) => setTimeout(resolve, 1200));
  expect(api.offered).toHaveLength(1);
});

it("the end of the session is the end of it", async () => {
  const [site, api] = [await issuer(), await socketApi()];
  const { pass, ends } = tab(site.url, "ada", { api: api.url });
  openSocket(pass, `${api.url}/ws`, () => {});
  await vi.waitFor(() => expect(api.open).toHaveLength(1), PATIENT);
  site.instead.push({ status: 401 });
  api.close(4401);
  await vi.waitFor(() => expect(ends).toEqual(["expired"]), PATIENT);
  expect(api.offered).toHaveLength(1);
});

it("while the issuer is away it goes on trying", async () => {
  const [site, api] = [await issuer(), await socketApi()];
  site.instead.push({ status: 503 }, "none");
  const { pass } = tab(site.url, "ada", { api: api.url });
  const stop = openSocket(pass, `${api.url}/ws`, () => {});
  await vi.waitFor(() => expect(api.offered).toEqual([offer(2)]), PATIENT);
  stop();
}, 10_000);

it("leaves an issuer alone that asks for years", async () => {
  const site = await issuer();
  site.instead.push({ status: 503, headers: { "Retry-After": "100000000" } });
  const { pass } = tab(site.url);
  const stop = openSocket(pass, "http://api.test/ws", () => {});
  await vi.waitFor(() => expect(site.asked).toBe(1), PATIENT);
  await pause(300);
  stop();
  expect(site.asked).toBe(1);
});

it("no pass goes to another origin", async () => {
  const site = await issuer();
  const { pass } = tab(site.url, "ada", { api: "https://api.example.com" });
  for (const url of [
    "wss://evil.test/ws",
    "ws://api.example.com/ws",
    "https://api.example.com.evil.test",
  ])
    expect(() => openSocket(pass, url, () => {})).toThrow("is not the API's");
  expect(site.asked).toBe(0);
});

it("gives its subprotocols to a library that opens its own", async () => {
  const site = await issuer();
  const { pass } = tab(site.url);
  expect(webSocketProtocols(await pass.token())).toEqual([
    "gatepass",
    `bearer.${passFor("ada", { serial: 1 })}`,
  ]);
});
