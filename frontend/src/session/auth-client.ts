import { NetworkError, retryAfterSeconds } from "../api/errors";
import { browserSession, sessionEnded } from "./session-end";

/** Better Auth said no. `code` is its stable name of the refusal, e.g. `INVALID_PASSWORD`. */
export class AuthError extends Error {
  override name = "AuthError";
  readonly status: number;
  readonly code: string;
  /** Seconds to wait after a 429. */
  readonly wait: number | undefined;

  constructor(response: Response, body: { code?: string; message?: string } | undefined) {
    super(body?.message ?? `The server answered ${response.status}.`);
    this.status = response.status;
    this.code = body?.code ?? "UNKNOWN";
    this.wait = response.status === 429 ? (retryAfterSeconds(response.headers) ?? 10) : undefined;
  }
}

/** One request to Better Auth. Throws AuthError or NetworkError; never repeats by itself. */
export async function authRequest<T>(
  path: string,
  body?: object,
): Promise<{ answer: T; headers: Headers }> {
  let response: Response;
  try {
    response = await fetch(`/api/auth${path}`, {
      method: body ? "POST" : "GET",
      cache: "no-store",
      signal: AbortSignal.timeout(15_000),
      ...(body && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
  } catch (cause) {
    throw new NetworkError(cause);
  }
  const answer = await response.json().catch(() => undefined);
  if (!response.ok) {
    const error = new AuthError(response, answer);
    // Better Auth's word for a session that is gone; a wrong password has another code.
    if (error.status === 401 && error.code === "UNAUTHORIZED") sessionEnded("expired");
    throw error;
  }
  return { answer, headers: response.headers };
}

/** Ends the session on the server first: without its answer nobody is told that it is over. */
export async function signOut(): Promise<void> {
  await browserSession().pass.signOut(() => authRequest("/sign-out", {}));
}
