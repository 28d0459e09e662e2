import { ConfigurationError, type Environ } from "./variables.ts";

/** What Better Auth's options `secret` and `secrets` are given; the first of a ring signs. */
export interface Secrets {
  secret?: string;
  ring?: { version: number; value: string }[];
}

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
 * Reads `BETTER_AUTH_SECRET` and `BETTER_AUTH_SECRETS` (`2:new,1:old`, the first is current) and
 * refuses what should never sign anything. The Python package `gatepass` decides alike;
 * `contract/secrets.json` holds both to it.
 *
 * @throws {ConfigurationError}
 */
export function parseSecrets(environ: Environ): Secrets {
  const secret = environ.BETTER_AUTH_SECRET || undefined;
  const secrets = environ.BETTER_AUTH_SECRETS || undefined;
  if (secret === undefined && secrets === undefined) {
    throw new ConfigurationError(`BETTER_AUTH_SECRET is not set: ${FIX}`);
  }
  if (secret !== undefined) check("BETTER_AUTH_SECRET", secret);
  return { ...(secret && { secret }), ...(secrets && { ring: parseRing(secrets) }) };
}

function parseRing(value: string): NonNullable<Secrets["ring"]> {
  const versions = new Set<string>();
  return value.split(",").map((entry, index) => {
    const where = `BETTER_AUTH_SECRETS entry ${index + 1}`;
    const [, version, secret] = /^(0|[1-9]\d{0,14}):(.*)$/su.exec(entry.trim()) ?? [];
    if (version === undefined || secret === undefined) {
      throw new ConfigurationError(`${where} must be <version>:<secret>, e.g. 2:new,1:old`);
    }
    if (versions.has(version)) {
      throw new ConfigurationError(`${where} repeats version ${version}: each must be unique`);
    }
    versions.add(version);
    check(where, secret.trim());
    return { version: Number(version), value: secret.trim() };
  });
}

function check(where: string, secret: string): void {
  const characters = [...secret];
  if (characters.length < MIN_LENGTH) {
    throw new ConfigurationError(
      `${where} has ${characters.length} characters, at least ${MIN_LENGTH} are needed: ${FIX}`,
    );
  }
  if (/[\n\r\0]/.test(secret)) {
    throw new ConfigurationError(
      `${where} contains a line break or NUL, which the other half may read differently: ` +
        "take it away on both",
    );
  }
  const plain = secret.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
  if (new Set(characters).size === 1 || PLACEHOLDERS.some((known) => plain.includes(known))) {
    throw new ConfigurationError(`${where} is a known placeholder, not a secret: ${FIX}`);
  }
  if (new Set(characters).size < MIN_DIFFERENT || repeats(characters)) {
    throw new ConfigurationError(`${where} repeats itself and is easily guessed: ${FIX}`);
  }
}

/** Whether a text shorter than MIN_PERIOD, over and over, makes all of it. */
function repeats(characters: string[]): boolean {
  return Array.from({ length: MIN_PERIOD - 1 }, (_, index) => index + 1).some((period) =>
    characters.slice(period).every((character, index) => character === characters[index]),
  );
}
