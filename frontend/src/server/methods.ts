import { BASE, isOffered, isRead } from "./auth/offered-endpoints.ts";

const READ = ["GET", "HEAD"];
const POSTED = ["POST"];

/** What has an answer of its own to these two methods only. */
const FILES_AND_PROBES = /^\/(_next\/static\/.*|icon\.svg|health|ready)$/;

/** Next.js's own: a page that is always a 500, and a second address of each page, which needs none. */
const NOTHING = /^\/(_global-error|_next\/data)/;

/**
 * The methods that an address takes, as `Allow` lists them (RFC 9110 section 10.2.1). None where
 * there is nothing below `/api`; of a page only Next.js knows. The path is one that can be decoded.
 */
export function methodsAt(path: string): string[] {
  if (FILES_AND_PROBES.test(path)) return READ;
  if (NOTHING.test(decodeURIComponent(path))) return [];
  if (path.startsWith("/api/forms/")) return POSTED;
  if (!path.startsWith("/api/")) return [...READ, ...POSTED];
  const endpoint = path.startsWith(`${BASE}/`) ? path.slice(BASE.length) : "";
  if (!isOffered(endpoint)) return [];
  return isRead(endpoint) ? READ : POSTED;
}
