import type { AuthContext } from "better-auth";

const MIN_LENGTH = 32; // RFC 7518 section 3.2: a key as long as the hash, 256 bits
const MIN_DIFFERENT = 8; // 32 random hexadecimal digits hardly ever have fewer
const MIN_PERIOD = 16; // characters until a secret may repeat itself
const FIX = "run `gatepass secret` and give both halves the same value";

/**
 * Text that marks a secret as copied from documentation. Compared with the secret's letters and
 * digits in lower case, so that `CHANGE_ME` and `change-me` are one.
 */
const PLACEHOLDERS = [
  "betterauthsecret1234567890",
  "changeme",
  "changethis",
  "yoursecret",
  "yoursupersecret",
  "yourbetterauthsecret",
  "replaceme",
  "replacethis",
  "replacewith",
  "putyour",
  "pasteyour",
  "insertyour",
  "placeholder",
  "changein",
  "donotuse",
  "your256bit",
  "astringsecretatleast",
  "djangoinsecure",
  "opensslrand",
  "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7", // FastAPI's tutorial
];

/**
 * What keeps this secret from signing anything, as the end of a line that begins with the name of
 * its variable; undefined of a good one. The Python package `gatepass` decides alike:
 * `contract/secrets.json` holds both to it.
 */
export function secretFault(secret: string): string | undefined {
  const characters = [...secret];
  if (characters.length < MIN_LENGTH)
    return `has ${characters.length} characters, at least ${MIN_LENGTH} are needed: ${FIX}`;
  if (/[\n\r\0]/.test(secret))
    return "contains a line break or NUL, which the other half may read differently: take it away on both";
  const plain = secret.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  if (new Set(characters).size === 1 || PLACEHOLDERS.some((known) => plain.includes(known)))
    return `is a known placeholder, not a secret: ${FIX}`;
  if (new Set(characters).size < MIN_DIFFERENT || repeats(characters))
    return `repeats itself and is easily guessed: ${FIX}`;
  if (/\p{Cs}/u.test(secret)) return `is not valid UTF-8: ${FIX}`;
}

/** Whether a text shorter than MIN_PERIOD, over and over, makes all of it. */
function repeats(characters: string[]): boolean {
  return Array.from({ length: MIN_PERIOD - 1 }, (_, index) => index + 1).some((period) =>
    characters.slice(period).every((character, index) => character === characters[index]),
  );
}

/**
 * The same of all that Better Auth signs with: the first fault as a whole line, which begins with
 * the variable.
 */
export function configuredFault(config: AuthContext["secretConfig"]): string | undefined {
  const named: [string, string][] =
    typeof config === "string"
      ? [["BETTER_AUTH_SECRET", config]]
      : [...config.keys].map(([version, value]) => [
          `BETTER_AUTH_SECRETS version ${version}`,
          value,
        ]);
  for (const [name, secret] of named) {
    const fault = secretFault(secret);
    if (fault) return `${name} ${fault}`;
  }
}
