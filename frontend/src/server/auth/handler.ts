import { CLIENT_ADDRESS_HEADER } from "../config/client-address.ts";
import { errorBody } from "../http/error-body.ts";
import { log } from "../http/log.ts";
import { isForeignChange } from "../http/same-origin.ts";
import { type Auth, getAuth } from "./auth.ts";
import { authScope } from "./auth-scope.ts";
import { BASE, INVALID_CREDENTIALS, isOffered } from "./offered-endpoints.ts";
import { believing, DatabaseUnavailable } from "./outage.ts";
import { recordEvent } from "./security-log.ts";

/**
 * Answers a request to `/api/auth/*`. What is not offered and what another site sent never reaches
 * Better Auth, whose rate limiter would count it first. While the database is away the answer is a
 * 503 whatever Better Auth made of it, and no cookie is touched.
 */
export async function handleAuth(request: Request, auth: Auth = getAuth()): Promise<Response> {
  const { origin } = new URL(auth.options.baseURL);
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith(BASE) || !isOffered(pathname.slice(BASE.length))) {
    return refuse(404, "NOT_FOUND", "There is nothing at this address.");
  }
  if (isForeignChange(request.method, (name) => request.headers.get(name), origin)) {
    return refuse(403, "INVALID_ORIGIN", "This was sent from another site.");
  }
  const whole = await received(request);
  if (!whole) return refuse(400, "BAD_REQUEST", "The request broke off.");
  const client = request.headers.get(CLIENT_ADDRESS_HEADER) ?? undefined;
  return authScope.run({ client }, () => answer(whole, pathname.slice(BASE.length), auth));
}

/**
 * The request as Better Auth is to have it: it makes a fault of a body that breaks off, and knows
 * no HEAD; who sends the answer leaves the content out (RFC 9110 section 9.3.2).
 */
async function received(request: Request): Promise<Request | undefined> {
  const { url, headers } = request;
  const method = request.method === "HEAD" ? "GET" : request.method;
  try {
    return new Request(url, {
      method,
      headers,
      body: request.body && (await request.arrayBuffer()),
    });
  } catch {
    return undefined;
  }
}

async function answer(request: Request, path: string, auth: Auth): Promise<Response> {
  const answer = await asked(request, auth).catch(failed);
  const wait = answer.headers.get("x-retry-after");
  if (wait) answer.headers.set("Retry-After", wait);
  answer.headers.set("Cache-Control", "no-store");
  // Not "storage": other users of this browser keep their unsent text there, each under their id.
  if (path === "/sign-out" && answer.ok) answer.headers.set("Clear-Site-Data", '"cache"');
  await recordEvent(request, path, answer);
  return answer;
}

function failed(error: unknown): Response {
  const isAway = error instanceof DatabaseUnavailable;
  log.error(isAway ? "database_unavailable" : "auth_failed", { error });
  return isAway
    ? refuse(503, "SERVICE_UNAVAILABLE", "The service is briefly unavailable. Try again.")
    : refuse(500, "INTERNAL_ERROR", "Something went wrong on our side.");
}

/**
 * What Better Auth says. Where a user is deleted while it writes a session of theirs, it makes a
 * fault of that; whoever asked a moment later would hear what they hear.
 */
async function asked(request: Request, auth: Auth): Promise<Response> {
  const answer = await believing(() => auth.handler(request));
  if (answer.status < 500 || !authScope.getStore()?.userGone) return answer;
  return refuse(401, INVALID_CREDENTIALS.code, INVALID_CREDENTIALS.message);
}

function refuse(status: number, code: string, message: string): Response {
  const headers = new Headers({ "Cache-Control": "no-store" });
  if (status === 503) headers.set("Retry-After", "2");
  return Response.json(errorBody(status, code, message), { status, headers });
}
