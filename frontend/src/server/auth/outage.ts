import { authScope } from "./auth-scope.ts";

/** The database of users and sessions did not answer, or not in time. */
export class DatabaseUnavailable extends Error {
  override name = "DatabaseUnavailable";
  /** Next.js hands an error's own digest on to the browser, and nothing else of it. */
  readonly digest = "SERVICE_UNAVAILABLE";

  constructor(cause: unknown) {
    super("The database of accounts did not answer.", { cause });
  }
}

/**
 * Does `work` and throws DatabaseUnavailable if the database failed meanwhile, whatever became of
 * that. Better Auth turns a lost connection into "no session" in several places
 * (`getSessionFromCtx` and `signOut` catch it): what it says while its database is away is not
 * believed.
 */
export async function believing<T>(work: () => Promise<T>): Promise<T> {
  const scope = authScope.getStore() ?? {};
  try {
    const result = await authScope.run(scope, work);
    if (!scope.failure) return result;
  } catch (error) {
    if (!scope.failure) throw error;
  }
  throw new DatabaseUnavailable(scope.failure);
}

/** Notes that a statement or a connection failed for the request that is being answered. */
export function noteFailure(error: unknown): void {
  const scope = authScope.getStore();
  if (!scope) return;
  if (!isAboutTheData(error)) scope.failure ??= error;
  // Better Auth's tables refer to its users and to nothing else.
  if (isForeignKey(error)) scope.userGone = true;
}

/**
 * Whether the database worked and found fault with the values: PostgreSQL's classes 22 (data) and
 * 23 (constraints), SQLite's SQLITE_CONSTRAINT (19) and SQLITE_MISMATCH (20).
 */
function isAboutTheData(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const state: unknown = Reflect.get(error, "code");
  const number: unknown = Reflect.get(error, "errcode");
  if (typeof number === "number") return (number & 0xff) === 19 || (number & 0xff) === 20;
  return typeof state === "string" && /^2[23]...$/.test(state);
}

/** PostgreSQL's foreign_key_violation, SQLite's SQLITE_CONSTRAINT_FOREIGNKEY. */
function isForeignKey(error: unknown): boolean {
  return (
    error instanceof Error &&
    (Reflect.get(error, "code") === "23503" || Reflect.get(error, "errcode") === 787)
  );
}
