import { dictionary } from "@zxcvbn-ts/language-common";
import { MIN_PASSWORD } from "../../password.ts";

/** Passwords seen most often in leaks, those that are long enough to pass the length check. */
const COMMON = new Set(
  dictionary["passwords-common"].filter((password) => password.length >= MIN_PASSWORD),
);

/** Words that an attacker of this very site would add (NIST SP 800-63B, "context-specific"). */
const OUR_WORDS = ["gatepass"];

/**
 * Whether `password` is among the first an attacker would try: a leaked favourite, one short
 * pattern over and over, or the person's own name or email (OWASP ASVS 5.0 6.2.4, 6.2.11).
 * Letter case and spaces make no difference, nor do digits or signs stuck to the end of a name.
 */
export function isCommonPassword(password: string, own: readonly unknown[]): boolean {
  const lower = normal(password);
  const bare = lower.replace(/[\d\p{P}\p{S}]+$/u, "");
  const words = own.filter((text) => typeof text === "string").map(normal);
  const names = [...words, ...words.map((word) => word.split("@", 1)[0]), ...OUR_WORDS];
  return (
    COMMON.has(lower) ||
    /^(.{1,4})\1+$/su.test(lower) ||
    names.some((name) => name !== "" && (name === lower || name === bare))
  );
}

function normal(text: string): string {
  return text.toLowerCase().replace(/\s+/g, "");
}
