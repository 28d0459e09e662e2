import { secretFault } from "gatepass/server";
import { ConfigurationError, type Environ } from "./variables.ts";

/** What Better Auth's options `secret` and `secrets` are given; the first of a ring signs. */
export interface Secrets {
  secret?: string;
  ring?: { version: number; value: string }[];
}

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
    throw new ConfigurationError(
      "BETTER_AUTH_SECRET is not set: run `gatepass secret` and give both halves the same value",
    );
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
  const fault = secretFault(secret);
  if (fault) throw new ConfigurationError(`${where} ${fault}`);
}
