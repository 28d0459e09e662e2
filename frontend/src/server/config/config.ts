import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseNetworks } from "./client-address.ts";
import { isPostgresAddress, postgresServers } from "./postgres-address.ts";
import { parseSecrets, type Secrets } from "./secrets.ts";
import { ConfigurationError, type Environ, Variables } from "./variables.ts";

export { ConfigurationError } from "./variables.ts";

/** What the frontend's server half is told from outside, checked. Lifetimes are in seconds. */
export interface Config {
  secrets: Secrets;
  /** Public origin of the frontend, e.g. `https://tasks.example.com`. */
  baseUrl: string;
  /** Base URL of the API as the browser sees it, without a slash at the end. */
  apiBaseUrl: string;
  /** Base URL of the API as this server sees it, without a slash at the end. */
  apiInternalUrl: string;
  authDatabase: AuthDatabase;
  /** The most connections to PostgreSQL that this process holds at once. */
  connections: number;
  jwtExpiresIn: number;
  sessionExpiresIn: number;
  /** How long a session lasts in all, however often it is used. */
  sessionMaxAge: number;
  host: string;
  port: number;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  logLevel: "info" | "debug";
  /** How long `/ready` says 503 before the listener closes, in seconds. */
  drainSeconds: number;
  /** Where Prometheus finds the metrics; there are none without it. */
  metricsPort: number | undefined;
}

export type AuthDatabase = { kind: "sqlite"; path: string } | { kind: "postgres"; url: string };

/**
 * Reads and checks the whole configuration. Relative paths start in the frontend's directory,
 * where every entry point changes to.
 *
 * @throws {ConfigurationError} at the first mistake
 */
export function readConfig(environ: Environ = process.env): Config {
  const variables = new Variables(environ);
  const secrets = parseSecrets(environ);
  const port = variables.integer("WEB_PORT", { min: 1, max: 65_535, default: 3000 });
  const trustedProxies = variables.list("TRUSTED_PROXIES");
  parseNetworks("TRUSTED_PROXIES", trustedProxies);
  const baseUrl = variables.origin("BETTER_AUTH_URL", `http://localhost:${port}`);
  const apis = readApiUrls(environ);
  refusePlainHttp(baseUrl, new URL(apis.apiBaseUrl));
  const max = 34_560_000; // 400 days, the longest that browsers keep a cookie (RFC 6265bis)
  return {
    secrets,
    baseUrl: baseUrl.origin,
    ...apis,
    authDatabase: parseDatabase(variables.text("AUTH_DATABASE_URL") ?? "auth.sqlite"),
    connections: variables.integer("AUTH_DATABASE_POOL_SIZE", { min: 2, max: 1000, default: 10 }),
    jwtExpiresIn: variables.integer("JWT_EXPIRES_IN", { min: 1, max: 86_400, default: 3600 }),
    sessionExpiresIn: variables.integer("SESSION_EXPIRES_IN", { min: 1, max, default: 604_800 }),
    sessionMaxAge: variables.integer("SESSION_MAX_AGE", { min: 60, max, default: 2_592_000 }),
    host: variables.text("WEB_HOST") ?? "127.0.0.1",
    port,
    trustedProxies,
    logLevel: variables.oneOf("LOG_LEVEL", ["info", "debug"], "info"),
    drainSeconds: variables.integer("DRAIN_SECONDS", { min: 0, max: 3600, default: 0 }),
    metricsPort: variables.text("METRICS_PORT")
      ? variables.integer("METRICS_PORT", { min: 1, max: 65_535, default: 0 })
      : undefined,
  };
}

/** The part that needs no secret: where the API is. Read per request, never built in. */
export function readApiUrls(
  environ: Environ = process.env,
): Pick<Config, "apiBaseUrl" | "apiInternalUrl"> {
  const variables = new Variables(environ);
  const apiBaseUrl = variables.httpUrl("NEXT_PUBLIC_API_BASE_URL", "http://localhost:8000").href;
  const apiInternalUrl = variables.httpUrl("API_INTERNAL_URL", apiBaseUrl).href;
  return {
    apiBaseUrl: withoutEndSlash(apiBaseUrl),
    apiInternalUrl: withoutEndSlash(apiInternalUrl),
  };
}

function withoutEndSlash(url: string): string {
  let end = url.length;
  while (url[end - 1] === "/") end--;
  return url.slice(0, end);
}

function parseDatabase(value: string): AuthDatabase {
  if (isPostgresAddress(value)) {
    postgresServers("AUTH_DATABASE_URL", value);
    return { kind: "postgres", url: value };
  }
  const path = value.startsWith("file://")
    ? pathOf(value)
    : value.replace(/^(sqlite:(\/\/\/)?|file:)/, "");
  const mayBeAddress = path === value ? /[=@:]/ : /^\/\/|:\/\//; // a slip may hold a password
  if (path && !value.includes("?") && !mayBeAddress.test(path)) {
    return { kind: "sqlite", path: resolve(path) };
  }
  throw new ConfigurationError(
    "AUTH_DATABASE_URL must be the path of an SQLite file or a postgresql:// URL.",
  );
}

/** The path that a file URL names, empty where it names none. */
function pathOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return ""; // another machine's, a slash within a name, no URL
  }
}

/** Cookies and passes cross no network in the open (OWASP ASVS 5.0 12.2.1). */
function refusePlainHttp(site: URL, api: URL): void {
  for (const [name, url] of [
    ["BETTER_AUTH_URL", site],
    ["NEXT_PUBLIC_API_BASE_URL", api],
  ] as const) {
    if (url.protocol === "https:" || isThisMachine(url.hostname)) continue;
    throw new ConfigurationError(
      `${name} must be https: plain http is for this machine alone, not for ${url.hostname}.`,
    );
  }
  if (site.protocol === "https:" && api.protocol === "http:" && !isThisMachine(site.hostname)) {
    throw new ConfigurationError(
      "NEXT_PUBLIC_API_BASE_URL must be https: browsers call no http API from an https site.",
    );
  }
}

function isThisMachine(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}
