/** What the names of Better Auth's cookies begin with at this public origin. */
export function cookiePrefix(baseUrl: string): string {
  return /^https:/i.test(baseUrl) ? "__Host-better-auth" : "better-auth";
}
