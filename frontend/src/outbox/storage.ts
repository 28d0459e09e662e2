/**
 * The browser's storage as JSON. It can be full, switched off, or hold what somebody else wrote:
 * reading then gives undefined, and writing false; the text is still on the screen.
 */

/** How long unsent text stays on a device, in milliseconds: seven days from its last change. */
const KEPT_FOR = 7 * 24 * 60 * 60 * 1000;

/** Text of a user's that the server does not have; `at` is when it was last changed. */
export type Kept = { at: number };

const PREFIXES = ["gatepass.draft:", "gatepass.outbox:"];

/** What is stored under a key, if `is` finds it valid; what is not is dropped and said once. */
export function readStored<T>(
  key: string,
  is: (value: unknown) => value is T,
  storage = () => localStorage,
): T | undefined {
  try {
    const text = storage().getItem(key);
    if (text === null) return undefined;
    const value = parsed(text);
    if (is(value)) return value;
    console.warn(`Dropped from this browser's storage, because it is not valid: ${key}`);
    storage().removeItem(key);
  } catch {
    // See above.
  }
  return undefined;
}

/** Whether unsent text has come to its end. */
export const isExpired = ({ at }: Kept): boolean => Date.now() - at >= KEPT_FOR;

/**
 * The same for a user's unsent text, which also has an end. Where the clock was fast and has been
 * put right, its time begins anew.
 */
export function readKept<T extends Kept>(
  key: string,
  is: (value: unknown) => value is T,
): T | undefined {
  const kept = readStored(key, is);
  const now = Date.now();
  if (!kept) return undefined;
  if (isExpired(kept)) {
    removeStored(key);
    return undefined;
  }
  if (kept.at <= now) return kept;
  const dated = { ...kept, at: now };
  writeStored(key, dated);
  return dated;
}

export function writeStored(key: string, value: unknown, storage = () => localStorage): boolean {
  try {
    storage().setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function removeStored(key: string, storage = () => localStorage): void {
  try {
    storage().removeItem(key);
  } catch {
    // See above.
  }
}

/** What follows `prefix` in each key that begins with it. */
export function storedUnder(prefix: string): string[] {
  try {
    return Object.keys(localStorage)
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  } catch {
    return [];
  }
}

/** Drops whoever's unsent text has come to its end, also of forms that nobody opens any more. */
export function dropExpired(): void {
  for (const prefix of PREFIXES)
    for (const rest of storedUnder(prefix)) readKept(prefix + rest, isKept);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isKept(value: unknown): value is Kept & Record<string, unknown> {
  return isRecord(value) && Number.isFinite(value.at);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
