import { DatabaseSync } from "node:sqlite";
import { NodeSqliteDialect } from "@better-auth/kysely-adapter/node-sqlite-dialect";
import { type Dialect, Kysely, PostgresDialect } from "kysely";
import type { AuthDatabase } from "../config/config.ts";
import { noteFailure } from "./outage.ts";
import { openPostgres } from "./postgres.ts";

/** The database of users and sessions, as Better Auth's option `database` takes it. */
export interface Database {
  // biome-ignore lint/suspicious/noExplicitAny: the tables are Better Auth's, which has no types for them
  db: Kysely<any>;
  type: "sqlite" | "postgres";
  transaction: true;
}

export interface OpenOptions {
  /** The most connections that PostgreSQL is asked for at once. */
  connections: number;
  /** Statements may take as long as they need: for a migration. @default false */
  patient?: boolean;
}

/** How long a statement waits for another process that writes, in milliseconds. It blocks. */
const SQLITE_WAIT = 2000;

/**
 * Opens the database of users and sessions. Whatever fails in it is noted for the request that
 * asked (see outage.ts).
 *
 * @throws when an SQLite file cannot be opened; PostgreSQL connects on first use
 */
export function openDatabase(database: AuthDatabase, options: OpenOptions): Database {
  if (database.kind === "postgres") {
    return describe("postgres", new PostgresDialect({ pool: openPostgres(database.url, options) }));
  }
  const timeout = options.patient ? 60_000 : SQLITE_WAIT;
  const sqlite = new DatabaseSync(database.path, { timeout });
  switchToWriteAhead(sqlite, Date.now() + timeout);
  sqlite.exec("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  return describeSqlite(sqlite);
}

/** Of several processes on a new file one changes the mode; the others are refused, not queued. */
function switchToWriteAhead(sqlite: DatabaseSync, deadline: number): void {
  for (;;) {
    try {
      sqlite.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (Reflect.get(Object(error), "errcode") !== 5 || Date.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

export function describeSqlite(database: DatabaseSync): Database {
  return describe("sqlite", new NodeSqliteDialect({ database }));
}

function describe(type: Database["type"], dialect: Dialect): Database {
  const db = new Kysely({
    dialect,
    log: (event) => {
      if (event.level === "error") noteFailure(event.error);
    },
  });
  return { db, type, transaction: true };
}

export const closeDatabase = ({ db }: Database): Promise<void> => db.destroy();
