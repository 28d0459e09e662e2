/**
 * Brings the database of users and sessions to the tables that Better Auth needs. Repeating it
 * is harmless.
 *
 * Usage: node scripts/migrate.ts
 */
import { getMigrations } from "better-auth/db/migration";
import { start, withAuth } from "../src/server/start.ts";

await withAuth(start(), async (auth) => {
  const { toBeCreated, toBeAdded, runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const tables = [...toBeCreated, ...toBeAdded].map(({ table }) => table);
  console.log(tables.length > 0 ? `Migrated: ${tables.join(", ")}.` : "Nothing to migrate.");
});
