import { dictionary } from "@zxcvbn-ts/language-common";
import { MAX_PASSWORD, MIN_PASSWORD } from "../../account-limits.ts";

/** Passwords seen most often in leaks, short ones too: spaces make them no better. */
const COMMON = new Set(dictionary["passwords-common"]);

/** Words that an attacker of this very site would add (NIST SP 800-63B, "context-specific"). */
const OUR_WORDS = ["gatepass"];

/**
 * Whether `password` is among the first an attacker would try: a leaked favourite, one short
 * pattern over and over, or the person's own name or email (OWASP ASVS 5.0 6.2.4, 6.2.11).
 * Letter case, width and spaces make no difference, nor do digits or signs stuck to the end of a
 * name.
 * A password that is too short or too long to be taken is not looked at.
 */
export function isCommonPassword(password: string, own: readonly string[]): boolean {
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD) return false;
  const lower = normal(password);
  const bare = withoutTail(lower);
  const words = own.map(normal);
  const names = [...words, ...words.map((word) => word.split("@", 1)[0]), ...OUR_WORDS];
  return (
    COMMON.has(lower) ||
    /^(.{1,4})\1+$/su.test(lower) ||
    names.some((name) => name !== "" && (name === lower || name === bare))
  );
}

function normal(text: string): string {
  // NFKC first, as for the hash: the same letters in full width are the same password.
  return text.normalize("NFKC").toLowerCase().replace(/\s/g, "");
}

/** Without the digits and signs at its end. */
function withoutTail(text: string): string {
  const characters = [...text];
  const last = characters.findLastIndex((character) => !/[\d\p{P}\p{S}]/u.test(character));
  return characters.slice(0, last + 1).join("");
}
