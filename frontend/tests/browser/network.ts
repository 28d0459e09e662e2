import { type HttpHandler, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll } from "vitest";

/** The network's edge for one test file: what no handler answers fails the test. */
export function network(...handlers: HttpHandler[]) {
  const server = setupServer(...handlers);
  beforeAll(() => server.listen({ onUnhandledFrame: "error" }));
  afterEach(() => server.resetHandlers());
  afterAll(() => server.close());
  return server;
}

/** A pass as the issuer would make it; nobody in these tests looks at its signature. */
export function passFor(userId: string, { iat = 1_000, lifetime = 3600, serial = 0 } = {}): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub: userId, email: `${userId}@example.com`, iat, exp: iat + lifetime };
  return `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.signature${serial}`;
}

/** An error as the API gives it. */
export function apiError(
  status: number,
  errorType: string,
  more: { errors?: { field: string; message: string }[]; headers?: Record<string, string> } = {},
) {
  const { errors, headers = {} } = more;
  const body = {
    detail: "A sentence for a person.",
    status_code: status,
    error_type: errorType,
    request_id: "request-7",
    ...(errors && { errors }),
  };
  return HttpResponse.json(body, { status, headers });
}
