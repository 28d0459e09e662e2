import type { Session, User } from "better-auth";

/** Claims of the application's own. Those that have a meaning already are not among them. */
export type OwnClaims = object & Partial<Record<Reserved, never>>;

type Reserved = "sub" | "email" | "iat" | "exp" | "nbf" | "aud";
type Row<T> = T & Record<string, unknown>;

export interface GatepassOptions<Claims extends OwnClaims = OwnClaims> {
  /**
   * Lifetime of a token in whole seconds, 1 to 86400. A token cannot be called back: it lives
   * this long after a sign-out. Below 300 a warning is logged, because every few minutes each
   * open page asks for a new one.
   *
   * @default 3600
   */
  expiresIn?: number | undefined;
  /**
   * Whether this user may have a token now. It is asked with the user as the database holds it
   * at that moment. A user it declines gets 401 `ACCOUNT_DEACTIVATED` instead of a token.
   *
   * @default () => true
   */
  isActive?: ((user: Row<User>) => boolean | Promise<boolean>) | undefined;
  /**
   * What each token says beyond `sub`, `email`, `iat` and `exp`, which it cannot change: JSON, at
   * most 2048 bytes. It is asked at every issue, with user and session as the database holds them
   * (fields of the session that are `returned: false` are not always there). What it says is true
   * until the token ends.
   *
   * @example gatepass<{ role: string }>({ claims: (user) => ({ role: String(user.role) }) })
   * @default none
   */
  claims?: ((user: Row<User>, session: Row<Session>) => Claims | Promise<Claims>) | undefined;
  /**
   * The claim `aud`: the one service that is to take these tokens, where several know the secret.
   *
   * @default none
   */
  audience?: string | undefined;
}

const MAX_LIFETIME = 86_400;
const SHORT_LIFETIME = 300;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} when `expiresIn` is not an integer from 1 to 86400
 * @throws {TypeError} when `audience` is not a text, or empty, and when `isActive` or
 * `claims` is no function
 */
export function resolveOptions<Claims extends OwnClaims>(options: GatepassOptions<Claims> = {}) {
  const { expiresIn = 3600, isActive = () => true, claims, audience } = options;
  checkLifetime(expiresIn);
  if (audience !== undefined && (typeof audience !== "string" || !audience))
    throw new TypeError("gatepass: audience must be a text that names a service.");
  if (typeof isActive !== "function")
    throw new TypeError("gatepass: isActive must be a function that says who may have a token.");
  if (claims !== undefined && typeof claims !== "function")
    throw new TypeError("gatepass: claims must be a function that says them for each token.");
  return { expiresIn, isActive, claims, audience };
}

export type ResolvedOptions = ReturnType<typeof resolveOptions>;

/** @throws {RangeError} when it is not an integer from 1 to 86400 */
export function checkLifetime(expiresIn: number): void {
  if (Number.isInteger(expiresIn) && expiresIn >= 1 && expiresIn <= MAX_LIFETIME) return;
  throw new RangeError(
    `gatepass: expiresIn must be a whole number of seconds from 1 to ${MAX_LIFETIME}, not ${expiresIn}.`,
  );
}

/** The warning that a very short lifetime deserves, or `undefined`. */
export function lifetimeWarning(expiresIn: number): string | undefined {
  if (expiresIn >= SHORT_LIFETIME) return undefined;
  return `gatepass: tokens live only ${expiresIn} s; below ${SHORT_LIFETIME} s browsers renew them all the time.`;
}
