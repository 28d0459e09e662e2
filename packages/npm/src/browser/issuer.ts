import { ACCOUNT_DEACTIVATED } from "./codes.ts";
import { IssuerError, SessionOver } from "./errors.ts";
import { type Pass, readPass } from "./pass.ts";

/** How long the issuer may take, in milliseconds. */
const TIMEOUT = 10_000;

/**
 * Asks the issuer for a pass for the session cookie. On another origin the cookie goes along too;
 * a redirect is no answer.
 *
 * @throws {SessionOver} on a 401, which is the issuer's word for it
 * @throws {IssuerError} without an answer, or with any other than a pass
 */
export async function askIssuer(
  fetch: typeof globalThis.fetch,
  url: string | URL,
  now: () => number,
): Promise<Pass> {
  let response: Response;
  try {
    response = await fetch(url, {
      cache: "no-store",
      credentials: "include",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT),
    });
  } catch (cause) {
    throw new IssuerError(undefined, cause);
  }
  const { ok, status } = response;
  const body = ok || status === 401 ? await response.json().catch(() => undefined) : undefined;
  if (status === 401)
    throw new SessionOver(body?.code === ACCOUNT_DEACTIVATED ? "deactivated" : "expired");
  const pass = readPass(body?.token, now());
  if (!pass) throw new IssuerError(response);
  return pass;
}
