/** The policy of answers that are no pages. */
const NO_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** What every answer of this server carries, static files included. */
export function securityHeaders(https: boolean): Record<string, string> {
  return {
    // The proxy puts a page's own policy in its place.
    "Content-Security-Policy": NO_CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    // "no-referrer" would make browsers send `Origin: null` with forms, which Better Auth refuses.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy":
      "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ...(https && { "Strict-Transport-Security": "max-age=63072000; includeSubDomains" }),
  };
}

/**
 * The Content-Security-Policy (CSP Level 3) of a page. Scripts run only with the nonce of this
 * very answer, or when loaded by such a script; styles come from files.
 *
 * @param apiOrigin - the one foreign origin that the browser may talk to
 * @param dev - React's development build needs `eval`, its reload a WebSocket and inline styles
 */
export function contentSecurityPolicy(nonce: string, apiOrigin: string, dev: boolean): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${dev ? " 'unsafe-eval'" : ""}`,
    `style-src 'self' ${dev ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${apiOrigin}${dev ? " ws:" : ""}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}
