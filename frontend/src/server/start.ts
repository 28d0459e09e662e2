import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Auth, createAuth } from "./auth/auth.ts";
import { closeDatabase, type Database, openDatabase } from "./auth/database.ts";
import { type Config, ConfigurationError, readConfig } from "./config/config.ts";
import { fail } from "./config/fail.ts";

/**
 * How every program of the frontend begins: in the frontend's directory, with the environment
 * over `frontend/.env`, and with a configuration without a mistake.
 */
export function start(): Config {
  // The SQLite file holds password hashes; whatever this program creates is its owner's alone.
  process.umask(0o077);
  process.chdir(resolve(import.meta.dirname, "../.."));
  if (existsSync(".env")) process.loadEnvFile(".env");
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof ConfigurationError) fail(error.message);
    throw error;
  }
}

/**
 * Runs `work` with Better Auth on an open database, or ends the program with one line.
 *
 * @param patient - see OpenOptions
 */
export async function withAuth(
  config: Config,
  work: (auth: Auth, database: Database) => Promise<void>,
  patient = false,
): Promise<void> {
  try {
    const database = openDatabase(config.authDatabase, { connections: 2, patient });
    await work(createAuth(config, database), database);
    await closeDatabase(database);
  } catch (error) {
    const place =
      config.authDatabase.kind === "sqlite" ? config.authDatabase.path : "the PostgreSQL database";
    fail(`AUTH_DATABASE_URL: ${place} cannot be used (${messageOf(error)}). Correct the variable.`);
  }
}

/** Node's connection errors have several causes and no message of their own, but a code. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || String(Reflect.get(error, "code"));
}
