import type { AuthContext } from "better-auth";
import { SignJWT } from "jose";

/** What a token says about its bearer. `id` becomes the claim `sub`. */
export interface Subject {
  id: string;
  email: string;
}

/** The secret of Better Auth that signs now, and the name it has in a ring. */
export interface SigningKey {
  secret: string;
  /** Version in `BETTER_AUTH_SECRETS`; absent when there is only one secret. */
  kid?: string;
}

/**
 * Picks the current secret out of Better Auth's own secret configuration
 * (`context/secret-utils.ts`: a string, or `{keys, currentVersion}` for a ring).
 */
export function signingKey(config: AuthContext["secretConfig"]): SigningKey {
  if (typeof config === "string") return { secret: config };
  const secret = config.keys.get(config.currentVersion);
  if (!secret) throw new Error(`BETTER_AUTH_SECRETS has no version ${config.currentVersion}.`);
  return { secret, kid: String(config.currentVersion) };
}

/**
 * Makes the compact HS256 JWS (RFC 7515 section 3.1, RFC 7519 section 4.1) of `subject`.
 *
 * @param key - its UTF-8 bytes are the HMAC key
 * @param expiresIn - lifetime in seconds
 * @param now - the moment of issue, in whole seconds since the epoch
 */
export function signToken(
  subject: Subject,
  key: SigningKey,
  expiresIn: number,
  now = Math.floor(Date.now() / 1000),
): Promise<string> {
  const claims = { sub: subject.id, email: subject.email, iat: now, exp: now + expiresIn };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT", ...(key.kid && { kid: key.kid }) })
    .sign(new TextEncoder().encode(key.secret));
}
