/** What the names of Better Auth's cookies begin with at this public origin. */
export function cookiePrefix(baseUrl: string): string {
  return baseUrl.startsWith("https:") ? "__Host-better-auth" : "better-auth";
}
