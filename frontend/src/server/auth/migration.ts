import { setTimeout as sleep } from "node:timers/promises";
import { getAuthTables } from "better-auth/db";
import { getMigrations } from "better-auth/db/migration";
import { sql } from "kysely";
import type { Auth } from "./auth.ts";
import type { Database } from "./database.ts";

/** Names our migration among PostgreSQL's advisory locks: "gatepass", as bytes. */
const LOCK = 0x67617465_70617373n;

/** How long a copy waits for another one that migrates, in milliseconds. */
const PATIENCE = 120_000;

/**
 * Makes what is missing for Better Auth. Of several copies that start at once one does it and the
 * others find it done.
 *
 * @returns the names of the tables that were made or completed
 */
export async function migrate(auth: Auth, database: Database): Promise<string[]> {
  return alone(database, async () => {
    const { toBeCreated, toBeAdded, runMigrations } = await getMigrations(auth.options);
    await runMigrations();
    return [...toBeCreated, ...toBeAdded].map(({ table }) => table);
  });
}

/** Whether there is nothing to migrate. */
export async function isMigrated(auth: Auth): Promise<boolean> {
  const { toBeCreated, toBeAdded } = await getMigrations(auth.options);
  return toBeCreated.length + toBeAdded.length === 0;
}

/**
 * Reads from every table all that Better Auth reads, one row at most.
 *
 * @throws when the database does not answer or lacks a table or a column
 */
export async function checkTables(auth: Auth, { db }: Database): Promise<void> {
  for (const { modelName, fields } of Object.values(getAuthTables(auth.options))) {
    const columns = Object.entries(fields).map(([name, field]) => field.fieldName ?? name);
    await db
      .selectFrom(modelName)
      .select(["id", ...columns])
      .limit(1)
      .execute();
  }
}

/**
 * Does `work` while no other process migrates. SQLite: one transaction around all. PostgreSQL: a
 * lock that belongs to a transaction, because a pooler may give every statement another session.
 */
async function alone<T>({ db, type }: Database, work: () => Promise<T>): Promise<T> {
  if (type === "sqlite") {
    await sql`begin immediate`.execute(db);
    try {
      const result = await work();
      await sql`commit`.execute(db);
      return result;
    } catch (error) {
      await sql`rollback`.execute(db);
      throw error;
    }
  }
  return db.transaction().execute(async (transaction) => {
    const { rows: found } = await sql<{ server_encoding: string }>`
      show server_encoding`.execute(transaction);
    const encoding = found[0]?.server_encoding;
    if (encoding !== "UTF8") {
      throw new Error(
        `its encoding is ${encoding}: make one with ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0`,
      );
    }
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(transaction);
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const { rows } = await sql<{ free: boolean }>`
        select pg_try_advisory_xact_lock(${LOCK}::bigint) as free`.execute(transaction);
      if (rows[0]?.free) return work();
      if (Date.now() > deadline) throw new Error("another migration does not end");
      await sleep(200);
    }
  });
}
