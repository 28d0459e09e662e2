import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach } from "vitest";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server on a free port for the rest of the test. */
export async function serve(
  listener: RequestListener,
  onUpgrade?: (request: IncomingMessage, socket: Duplex) => void,
): Promise<string> {
  const server = createServer(listener);
  if (onUpgrade) server.on("upgrade", onUpgrade);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** How `vi.waitFor` waits: at once where it can, and long enough for a machine that stands still. */
export const PATIENT = { timeout: 10_000, interval: 5 };

export const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A pass as the issuer would make it; nobody in these tests looks at its signature. */
export function passFor(userId: string, { iat = 1_000, lifetime = 3600, serial = 0 } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: userId, email: `${userId}@example.com`, iat, exp: iat + lifetime };
  return `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.signature${serial}`;
}

export type Answer = { status?: number; body?: unknown; headers?: Record<string, string> };

/** An issuer: counts how often it is asked, and gives another pass each time. */
export async function issuer(user = "ada", { lifetime = 3600, delay = 20 } = {}) {
  const issuer = {
    url: "",
    asked: 0,
    user,
    cookies: [] as (string | undefined)[],
    /** What the next requests get instead of a pass; "none" ends the connection. */
    instead: [] as (Answer | "none")[],
  };
  const origin = await serve(async (request, response) => {
    const instead = issuer.instead.shift();
    if (instead === "none") {
      request.socket.destroy();
      return;
    }
    issuer.asked += 1;
    issuer.cookies.push(request.headers.cookie);
    const token = passFor(issuer.user, { lifetime, serial: issuer.asked });
    await pause(delay);
    response.writeHead(instead?.status ?? 200, instead?.headers);
    const body = instead ? instead.body : { token };
    response.end(typeof body === "string" ? body : JSON.stringify(body ?? {}));
  });
  issuer.url = `${origin}/api/auth/gatepass/token`;
  return issuer;
}
