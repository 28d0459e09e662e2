type Minting = {
  api: {
    getGatepassToken(input: {
      headers: Headers;
      query?: { disableRefresh?: boolean };
    }): Promise<{ token: string }>;
  };
};

const minted = new WeakMap<Headers, WeakMap<Minting, Promise<string>>>();

/**
 * A token for the user behind these headers, made in process: for pages that ask the API while
 * they are rendered. Once a request: the same headers get the same token. The session is not
 * prolonged, since a page being rendered can set no cookie; the browser's next renewal does that.
 *
 * @param auth - Better Auth with the `gatepass()` plugin
 * @param headers - the incoming request's, with its cookie; in Next.js `await headers()`
 * @throws {APIError} 401 without a session (code `ACCOUNT_DEACTIVATED` where that is why), 503
 */
export function mintToken(auth: Minting, headers: Headers): Promise<string> {
  const tokens = minted.get(headers) ?? new WeakMap();
  minted.set(headers, tokens);
  const known = tokens.get(auth);
  if (known) return known;
  const query = { disableRefresh: true };
  const token = auth.api.getGatepassToken({ headers, query }).then((answer) => answer.token);
  tokens.set(auth, token);
  return token;
}
