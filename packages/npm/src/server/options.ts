import type { User } from "better-auth";

export interface GatepassOptions {
  /**
   * Lifetime of a token in whole seconds, 1 to 86400. A token cannot be called back: it lives
   * this long after a sign-out. Below 300 a warning is logged, because every few minutes each
   * open page asks for a new one.
   *
   * @default 3600
   */
  expiresIn?: number;
  /**
   * Whether this user may have a token now. It is asked with the user as the database holds it
   * at that moment. A user it declines gets 401 `ACCOUNT_DEACTIVATED` instead of a token.
   *
   * @default () => true
   */
  isActive?: (user: User & Record<string, unknown>) => boolean;
}

const MAX_LIFETIME = 86_400;
const SHORT_LIFETIME = 300;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} when `expiresIn` is not an integer from 1 to 86400
 */
export function resolveOptions(options: GatepassOptions = {}): Required<GatepassOptions> {
  const { expiresIn = 3600, isActive = () => true } = options;
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > MAX_LIFETIME) {
    throw new RangeError(
      `gatepass: expiresIn must be a whole number of seconds from 1 to ${MAX_LIFETIME}, not ${expiresIn}.`,
    );
  }
  return { expiresIn, isActive };
}

/** The warning that a very short lifetime deserves, or `undefined`. */
export function lifetimeWarning(expiresIn: number): string | undefined {
  if (expiresIn >= SHORT_LIFETIME) return undefined;
  return `gatepass: tokens live only ${expiresIn} s; below ${SHORT_LIFETIME} s browsers renew them all the time.`;
}
