/**
 * Brings the database of users and sessions to the tables that Better Auth needs. Repeating it
 * is harmless, and so is running it in several copies at once.
 *
 * Usage: node scripts/migrate.ts
 */
import { migrate } from "../src/server/auth/migration.ts";
import { start, withAuth } from "../src/server/start.ts";

await withAuth(
  start(),
  async (auth, database) => {
    const tables = await migrate(auth, database);
    console.log(tables.length > 0 ? `Migrated: ${tables.join(", ")}.` : "Nothing to migrate.");
  },
  true,
);
