/** Methods that change nothing (RFC 9110 section 9.2.1). */
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** What a browser says about a request that a page of this origin, or the person, began. */
const OWN = new Set(["same-origin", "none"]);

/**
 * Whether a browser sent this from a page of another origin and it may change something. Looked at
 * with and without a cookie: an answer can set one, and so end a session. A program that is no
 * browser says neither, and nobody's cookies come along with it.
 *
 * @param header - reads a request header by its lower-case name
 */
export function isForeignChange(
  method: string | undefined,
  header: (name: string) => string | null | undefined,
  origin: string,
): boolean {
  if (SAFE.has(method ?? "")) return false;
  const from = header("origin");
  const site = header("sec-fetch-site");
  return (Boolean(from) && from !== origin) || (Boolean(site) && !OWN.has(site ?? ""));
}
