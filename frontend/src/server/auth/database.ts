import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import type { AuthDatabase } from "../config/config.ts";
import { log } from "../http/log.ts";

/**
 * Opens the database of users and sessions.
 *
 * @throws when an SQLite file cannot be opened; PostgreSQL connects on first use
 */
export function openDatabase(database: AuthDatabase): DatabaseSync | pg.Pool {
  if (database.kind === "sqlite") {
    const sqlite = new DatabaseSync(database.path, { timeout: 5000 });
    sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
    return sqlite;
  }
  const pool = new pg.Pool({
    connectionString: database.url,
    connectionTimeoutMillis: 5000,
    query_timeout: 15_000,
  });
  // An idle connection that breaks must not end the process; the pool opens another.
  pool.on("error", (error) => log.error("database_connection_lost", { error }));
  return pool;
}

export async function closeDatabase(database: DatabaseSync | pg.Pool): Promise<void> {
  if (database instanceof DatabaseSync) database.close();
  else await database.end();
}
