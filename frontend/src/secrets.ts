import { ConfigurationError, type Environ } from "./variables.ts";

/** What Better Auth's options `secret` and `secrets` are given; the first of a ring signs. */
export interface Secrets {
  secret?: string;
  ring?: { version: number; value: string }[];
}

const MIN_LENGTH = 32;
const FIX = "Make one with `openssl rand -base64 32` and give both halves the same.";

/** Phrases of samples and of Better Auth's default; no random secret holds them. */
const PLACEHOLDERS = [
  "better-auth-secret-",
  "change-me",
  "changeme",
  "change_me",
  "change-this",
  "change_this",
  "your-secret",
  "your_secret",
  "yoursecret",
  "replace-me",
  "replace_me",
  "placeholder",
  "example-secret",
  "secret-secret",
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
    throw new ConfigurationError(`BETTER_AUTH_SECRET is not set. ${FIX}`);
  }
  if (secret !== undefined) check("BETTER_AUTH_SECRET", secret);
  return { ...(secret && { secret }), ...(secrets && { ring: parseRing(secrets) }) };
}

function parseRing(value: string): NonNullable<Secrets["ring"]> {
  const name = "BETTER_AUTH_SECRETS";
  const ring = value.split(",").map((entry, index) => {
    const [, version, secret] = /^(0|[1-9]\d{0,14}):(.*)$/su.exec(entry.trim()) ?? [];
    if (version === undefined || secret === undefined) {
      throw new ConfigurationError(
        `${name}: entry ${index + 1} must be "<version>:<secret>", the version a whole number.`,
      );
    }
    check(`${name} version ${version}`, secret.trim());
    return { version: Number(version), value: secret.trim() };
  });
  const twice = ring.find((a, i) => ring.some((b, j) => i < j && a.version === b.version));
  if (!twice) return ring;
  throw new ConfigurationError(`${name} has version ${twice.version} twice; give each its own.`);
}

function check(name: string, secret: string): void {
  if ([...secret].length < MIN_LENGTH) {
    throw new ConfigurationError(`${name} is shorter than ${MIN_LENGTH} characters. ${FIX}`);
  }
  const lower = secret.toLowerCase();
  const repeated = /^(.{1,4})\1+$/su.test(secret);
  if (repeated || PLACEHOLDERS.some((phrase) => lower.includes(phrase))) {
    throw new ConfigurationError(`${name} is a known placeholder. ${FIX}`);
  }
}
