import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseNetworks } from "./client-address.ts";
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
  jwtExpiresIn: number;
  sessionExpiresIn: number;
  host: string;
  port: number;
  /** Addresses and networks whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  logLevel: "info" | "debug";
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
  return {
    secrets,
    baseUrl: variables.origin("BETTER_AUTH_URL", `http://localhost:${port}`).origin,
    ...readApiUrls(environ),
    authDatabase: parseDatabase(variables.text("AUTH_DATABASE_URL") ?? "auth.sqlite"),
    jwtExpiresIn: variables.integer("JWT_EXPIRES_IN", { min: 1, max: 86_400, default: 3600 }),
    sessionExpiresIn: variables.integer("SESSION_EXPIRES_IN", {
      min: 1,
      max: 34_560_000, // 400 days, the longest that browsers keep a cookie (RFC 6265bis)
      default: 604_800,
    }),
    host: variables.text("WEB_HOST") ?? "127.0.0.1",
    port,
    trustedProxies,
    logLevel: variables.oneOf("LOG_LEVEL", ["info", "debug"], "info"),
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
  if (/^postgres(ql)?:\/\//.test(value)) {
    if (URL.canParse(value)) return { kind: "postgres", url: value };
    throw new ConfigurationError(
      "AUTH_DATABASE_URL is no valid URL; write postgresql://user:password@host:5432/database.",
    );
  }
  if (/^file:\/\//.test(value)) return { kind: "sqlite", path: fileURLToPath(value) };
  const path = value.replace(/^(sqlite:(\/\/\/)?|file:)/, "");
  if (path && !/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    return { kind: "sqlite", path: resolve(path) };
  }
  throw new ConfigurationError(
    "AUTH_DATABASE_URL must be the path of an SQLite file or a postgresql:// URL.",
  );
}
