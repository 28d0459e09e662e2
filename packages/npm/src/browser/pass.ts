/** A pass and what this tab knows of it. It lives in memory and nowhere else. */
export interface Pass {
  token: string;
  /** Whose it is: the token's `sub`. */
  userId: string;
  /** From when on it should be replaced: a local time in milliseconds since the epoch. */
  staleAt: number;
  /** Until when the API takes it: likewise. */
  endsAt: number;
}

const DAY = 86_400_000;

/**
 * Reads a token that has just been issued (it is not verified: that is the API's business).
 * Stale is a little before the end, by the lifetime (`exp - iat`) from now on: neither end needs
 * to have the same clock.
 *
 * @returns undefined for what is no pass
 */
export function readPass(token: unknown, now: number): Pass | undefined {
  if (typeof token !== "string" || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  try {
    const payload = (token.split(".")[1] as string).replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const { sub, iat, exp } = JSON.parse(new TextDecoder().decode(bytes));
    const lifetime = (exp - iat) * 1000;
    if (typeof sub !== "string" || !sub || !(lifetime > 0 && lifetime <= DAY)) return undefined;
    const endsAt = now + lifetime;
    return { token, userId: sub, endsAt, staleAt: endsAt - Math.min(60_000, lifetime * 0.2) };
  } catch {
    return undefined;
  }
}
