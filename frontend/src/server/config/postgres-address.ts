import { ConfigurationError } from "./variables.ts";

/** One PostgreSQL server after the other, each as node-postgres takes it. */
export interface PostgresServers {
  urls: string[];
  /** Whether only a server that takes writes will do. */
  readWrite: boolean;
}

/** The parameters of libpq (PostgreSQL manual, section 34.1.2) that have a meaning here. */
const PLACE = ["host", "port", "dbname", "user", "password"];
const PASSED_ON = ["application_name", "options", "sslmode", "sslcert", "sslkey", "sslrootcert"];
/** What is decided here for every connection (postgres.ts), whatever the address says. */
const OURS = [
  "connect_timeout",
  "keepalives",
  "keepalives_idle",
  "keepalives_interval",
  "keepalives_count",
  "tcp_user_timeout",
  "client_encoding",
  "channel_binding",
  "gssencmode",
  "fallback_application_name",
];
const KNOWN = new Set([...PLACE, ...PASSED_ON, ...OURS, "target_session_attrs"]);
const TARGETS = new Map([
  ["any", false],
  ["read-write", true],
  ["primary", true],
]);
const SSL_MODES = ["disable", "require", "verify-ca", "verify-full"];

const URI = /^postgres(?:ql)?:\/\//;
const PAIRS = /^\s*\w+\s*=/;

export function isPostgresAddress(value: string): boolean {
  return URI.test(value) || PAIRS.test(value);
}

/**
 * Reads a PostgreSQL address in libpq's spelling (PostgreSQL manual, section 34.1.1): a URI or
 * `key=value` pairs, each with several hosts and `target_session_attrs`. node-postgres knows one
 * host, so there is one URL for each.
 *
 * @param name - the variable that the address comes from
 * @throws {ConfigurationError}
 */
export function postgresServers(name: string, address: string): PostgresServers {
  const given = URI.test(address) ? fromUri(name, address) : fromPairs(name, address);
  // No message holds a part of the address: with a slip any of them may be one of the password.
  if (![...given.keys()].every((key) => KNOWN.has(key))) {
    throw new ConfigurationError(
      `${name} holds a parameter that is not known; known are ${[...KNOWN].join(", ")}.`,
    );
  }
  // Azure's users are names with an @.
  if (
    /[@=]/.test(`${given.get("host")}${given.get("dbname")}`) ||
    given.get("user")?.includes("=")
  ) {
    throw new ConfigurationError(
      `${name}: host and dbname may hold neither @ nor =, user no =; percent-encode what is special in the password of a URL, and leave no value out.`,
    );
  }
  const readWrite = TARGETS.get(given.get("target_session_attrs") ?? "any");
  if (readWrite === undefined) {
    throw new ConfigurationError(`${name}: target_session_attrs must be any or read-write.`);
  }
  if (given.has("sslmode") && !SSL_MODES.includes(given.get("sslmode") ?? "")) {
    throw new ConfigurationError(`${name}: sslmode must be one of ${SSL_MODES.join(", ")}.`);
  }
  const hosts = (given.get("host") ?? "").split(",");
  const ports = (given.get("port") || "5432").split(",");
  if (ports.length > 1 && ports.length !== hosts.length) {
    throw new ConfigurationError(`${name}: give one port, or as many ports as hosts.`);
  }
  return {
    urls: hosts.map((host, index) =>
      urlOf(name, host || "localhost", ports[ports.length > 1 ? index : 0] || "5432", given),
    ),
    readWrite,
  };
}

function urlOf(name: string, host: string, port: string, given: Map<string, string>): string {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new ConfigurationError(`${name}: a port must be a number up to 65535.`);
  }
  // node-postgres undoes encodeURI, and takes the path for the name.
  const database = encodeURI(given.get("dbname") ?? "").replace(/[?#]/g, encodeURIComponent);
  const url = new URL(`postgresql://base/${database}`);
  url.searchParams.set("host", host);
  url.searchParams.set("port", port);
  for (const key of ["user", "password"]) {
    if (given.has(key)) url.searchParams.set(key, given.get(key) ?? "");
  }
  url.searchParams.set("application_name", given.get("application_name") ?? "gatepass-frontend");
  for (const key of PASSED_ON) {
    if (given.has(key)) url.searchParams.set(key, given.get(key) ?? "");
  }
  // Certificates are checked as libpq checks them, not as node-postgres did before.
  if (given.has("sslmode")) url.searchParams.set("uselibpqcompat", "true");
  return url.href;
}

function fromUri(name: string, address: string): Map<string, string> {
  // As libpq reads it, a password reaches to the first @ before any /, whatever else it holds.
  const [, user = "", password = "", authority = "", database = "", query = ""] =
    /^[a-z]+:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(address) ??
    [];
  const found = authority
    .split(",")
    .map((place) => /^(\[[\da-f:.%]+\]|[^:[\]]*)(?::(\d*))?$/i.exec(place));
  if (found.some((place) => !place)) {
    throw new ConfigurationError(
      `${name} is no valid URL; write postgresql://user:password@host:5432/database, with what is special in the password percent-encoded.`,
    );
  }
  const given = new Map<string, string>();
  const set = (key: string, value: string) => value && given.set(key, decode(name, value));
  set("user", user);
  set("password", password);
  set("host", found.map((place) => place?.[1]?.replace(/^\[|\]$/g, "") ?? "").join(","));
  if (found.some((place) => place?.[2])) {
    set("port", found.map((place) => place?.[2] || "5432").join(","));
  }
  set("dbname", database);
  // A plus is a plus there, as in the rest of a URL; in forms alone it is a blank.
  for (const [key, value] of new URLSearchParams(query.replaceAll("+", "%2B"))) {
    given.set(key, value);
  }
  return given;
}

function fromPairs(name: string, address: string): Map<string, string> {
  const given = new Map<string, string>();
  const pair = /\s*(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|([^\s'\\]*))(?=\s|$)/sy;
  while (address.slice(pair.lastIndex).trim() !== "") {
    const found = pair.exec(address);
    if (!found) {
      throw new ConfigurationError(
        `${name} cannot be read; write host=… dbname=… user=… password='…'.`,
      );
    }
    const [, key = "", quoted, plain = ""] = found;
    // libpq skips the blanks after a =, and takes the next pair for the value that is not there.
    const next = quoted === undefined && /^(\w+)=/.exec(plain)?.[1];
    if (next && (key !== "password" || KNOWN.has(next))) {
      throw new ConfigurationError(`${name}: a value is missing, or holds a = and needs quotes.`);
    }
    given.set(key, quoted?.replace(/\\(.)/gs, "$1") ?? plain);
  }
  return given;
}

function decode(name: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigurationError(`${name} is not percent-encoded correctly.`);
  }
}
