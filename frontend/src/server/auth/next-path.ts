/** Where a person lands after signing in unless they were on their way to another page. */
export const HOME = "/dashboard";

const BASE = "http://next.invalid";

/**
 * Turns an untrusted `?next=` into a path of this site, or `HOME`.
 *
 * Browsers drop tabs and line ends inside a URL and take `\` for `/` (WHATWG URL, "basic URL
 * parser"), so those are refused before anything is parsed. Afterwards the parsed path is
 * checked, not the text, because `/x/..//evil.example` becomes `//evil.example`.
 */
export function safeNext(value: unknown): string {
  if (typeof value !== "string" || value.length > 2000) return HOME;
  if (!value.startsWith("/") || /[\\\p{Cc}\s]/u.test(value)) return HOME;
  const url = URL.canParse(value, BASE) ? new URL(value, BASE) : undefined;
  if (url?.origin !== BASE || url.pathname.startsWith("//")) return HOME;
  if (/^\/(api|login|signup)(\/|$)/.test(url.pathname)) return HOME;
  const path = url.pathname + url.search + url.hash;
  return path.length > 2000 ? HOME : path; // what is no ASCII has grown
}
