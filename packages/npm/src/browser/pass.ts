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

/** The longest that a pass may live. */
export const DAY = 86_400_000;

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
    const [{ alg }, { sub, iat, exp }] = token.split(".", 2).map(decode) as [Part, Part];
    const lifetime = ((exp as number) - (iat as number)) * 1000;
    // Better Auth's jwt() plugin gives its own tokens in the same header.
    if (alg !== "HS256" || typeof sub !== "string" || !sub || !(lifetime > 0 && lifetime <= DAY))
      return undefined;
    const endsAt = now + lifetime;
    return { token, userId: sub, endsAt, staleAt: endsAt - Math.min(60_000, lifetime * 0.2) };
  } catch {
    return undefined;
  }
}

type Part = Record<string, unknown>;

function decode(part: string): Part {
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
}
