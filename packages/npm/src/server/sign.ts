import type { AuthContext } from "better-auth";
import { SignJWT } from "jose";
import { checkLifetime } from "./options.ts";
import { secretFault } from "./secrets.ts";

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

/** What a token may say beyond the four claims that each has. */
export interface Extras {
  /** The claim `aud` (RFC 7519 section 4.1.3): the service that is to take the token. */
  audience?: string | undefined;
  /** Claims of the application's own. Those that this package or a verifier gives a meaning are left out. */
  claims?: Readonly<Record<string, unknown>> | undefined;
}

/** What the claims of the application's own may come to as JSON, in bytes of UTF-8. */
const MAX_CLAIMS = 2048;

/**
 * Makes the compact HS256 JWS (RFC 7515 section 3.1, RFC 7519 section 4.1) of `subject`.
 *
 * @param key - its UTF-8 bytes are the HMAC key
 * @param expiresIn - lifetime in whole seconds, 1 to 86400
 * @throws {RangeError} when it is not, when the secret is one that verifiers refuse, and when the
 * claims come to more than 2048 bytes: a token travels with each request
 */
export async function signToken(
  subject: Subject,
  key: SigningKey,
  expiresIn: number,
  { audience, claims = {} }: Extras = {},
): Promise<string> {
  checkLifetime(expiresIn);
  const fault = secretFault(key.secret);
  if (fault) throw new RangeError(`gatepass: the secret ${fault}`);
  const { sub: _s, email: _e, iat: _i, exp: _x, nbf: _n, aud: _a, ...own } = claims;
  const size = new TextEncoder().encode(JSON.stringify(own)).length;
  if (size > MAX_CLAIMS)
    throw new RangeError(`gatepass: the claims come to ${size} bytes; ${MAX_CLAIMS} are the most.`);
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    sub: subject.id,
    email: subject.email,
    iat: now,
    exp: now + expiresIn,
    ...(audience !== undefined && { aud: audience }),
    ...own,
  };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: "HS256", typ: "JWT", ...(key.kid && { kid: key.kid }) })
    .sign(new TextEncoder().encode(key.secret));
}
