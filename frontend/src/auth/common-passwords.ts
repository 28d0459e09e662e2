import { dictionary } from "@zxcvbn-ts/language-common";
import { MIN_PASSWORD } from "./password.ts";

/** Passwords seen most often in leaks, those that are long enough to pass the length check. */
const COMMON = new Set(
  dictionary["passwords-common"].filter((password) => password.length >= MIN_PASSWORD),
);

/** Words that an attacker of this very site would add (NIST SP 800-63B, "context-specific"). */
const OUR_WORDS = ["gatepass"];

/**
 * Whether `password` is among the first an attacker would try: a leaked favourite, one short
 * pattern over and over, or the person's own name or email (OWASP ASVS 5.0 6.2.4, 6.2.11).
 * Letter case and digits or signs stuck to the end make no difference.
 */
export function isCommonPassword(password: string, own: readonly unknown[]): boolean {
  const lower = password.toLowerCase();
  const bare = lower.replace(/[\d\p{P}\p{S}]+$/u, "");
  const owned = own
    .filter((text) => typeof text === "string")
    .flatMap((text) => [text.toLowerCase(), text.toLowerCase().split("@")[0] ?? ""])
    .map((text) => text.replace(/\s+/g, ""));
  return (
    COMMON.has(lower) ||
    /^(.{1,4})\1+$/su.test(lower) ||
    [...owned, ...OUR_WORDS].some((word) => word !== "" && (word === lower || word === bare))
  );
}
