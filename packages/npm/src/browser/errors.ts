/**
 * What a request can fail with beyond what `fetch` itself throws.
 *
 *     Error
 *     ├── SessionOver     there is no session any more, and why
 *     ├── IssuerError     no pass for the moment; the session may well be there
 *     └── RedirectError   the API points elsewhere, where a pass is not carried
 */

/** Why a session is over: it ran out or was revoked, an operator closed the account, a sign-out. */
export type EndReason = "expired" | "deactivated" | "signed-out";

export class SessionOver extends Error {
  override name = "SessionOver";
  readonly reason: EndReason;

  constructor(reason: EndReason) {
    super(`The session is over: ${reason}.`);
    this.reason = reason;
  }
}

/** The issuer gave no pass and did not say that the session is over. Asking again may help. */
export class IssuerError extends Error {
  override name = "IssuerError";
  /** What it answered, its body unread unless the status is 200; undefined without an answer. */
  readonly response: Response | undefined;
  /** Seconds that it asks to wait (`Retry-After`), where it does; a day at most. */
  readonly retryAfter: number | undefined;

  constructor(response?: Response, cause?: unknown) {
    const what = response ? `answered ${response.status} without a pass` : "could not be reached";
    super(`The issuer ${what}.`, { cause });
    this.response = response;
    const headers = response?.headers;
    const seconds = Number(headers?.get("retry-after") ?? headers?.get("x-retry-after"));
    // Browsers take a timer of a month for one that is due.
    this.retryAfter = Math.min(86_400, seconds) || undefined;
  }
}

/** The API answered with a redirect. What went with the request was meant for that address alone. */
export class RedirectError extends Error {
  override name = "RedirectError";

  constructor(url: string) {
    super(`${url} redirects: ask for its target.`);
  }
}
