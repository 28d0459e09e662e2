import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { postgresServers } from "../config/postgres-address.ts";
import { log } from "../http/log.ts";
import type { OpenOptions } from "./database.ts";
import { noteFailure } from "./outage.ts";

/** What a connection is limited to, in milliseconds. A browser waits ten seconds in all. */
const LIMITS = {
  statement_timeout: 3000,
  lock_timeout: 2000,
  idle_in_transaction_session_timeout: 10_000,
};

/** A migration may take long, but others who wait for its tables must not wait behind it. */
const PATIENT_LIMITS = { lock_timeout: 3000 };

const NO_LIMITS = {};

/** How long all servers together may take to take a connection, in milliseconds. */
const CONNECT_TIMEOUT = 4000;

/** How long an answer may take, in milliseconds: for a server that cannot even time out. */
const ANSWER_TIMEOUT = 3500;

/**
 * A pool of connections to the first of the address's servers that fits `target_session_attrs`,
 * as libpq does it: node-postgres knows one server. A new connection looks for it again, so a
 * promoted standby is found as soon as the former primary has dropped the connections to it.
 */
export function openPostgres(address: string, { connections, patient }: OpenOptions): PostgresPool {
  const { urls, readWrite } = postgresServers("AUTH_DATABASE_URL", address);
  let limits: Partial<typeof LIMITS> = patient ? PATIENT_LIMITS : LIMITS;
  let pools = urls.map(open);
  let current = 0;

  function open(connectionString: string) {
    let atWork = 0;
    const pool = new pg.Pool({
      connectionString,
      ...limits,
      Client: ImpatientClient,
      max: connections,
      connectionTimeoutMillis: Math.floor(CONNECT_TIMEOUT / urls.length),
      query_timeout: patient ? 0 : ANSWER_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      ...(readWrite && { onConnect: refuseReadOnly }),
    });
    // An idle connection that breaks must not end the process; the pool opens another.
    pool.on("error", (error) => log.error("database_connection_lost", { error }));
    // Nor one that breaks while a request holds it between two statements: the next one fails.
    pool.on("connect", (client) => client.on("error", () => {}));
    pool.on("acquire", () => void atWork++);
    pool.on("release", () => void atWork--);
    return { pool, isBusy: () => atWork >= connections };
  }

  async function connect(): Promise<PostgresPoolClient> {
    let failure: unknown;
    for (let tried = 0; tried < pools.length; tried++) {
      const index = (current + tried) % pools.length;
      const { pool, isBusy } = pools[index] ?? {};
      const asked = limits;
      try {
        const client = await pool?.connect();
        if (!client) continue;
        current = index;
        return client;
      } catch (error) {
        failure ??= error;
        if (asked !== NO_LIMITS && isRefusedLimit(error)) return connectWithoutLimits();
        // All of its connections are at work. One that is being opened is not: a frozen server has
        // no other, and whoever waits for one of these hears the same as of a busy server.
        if (isBusy?.()) break;
      }
    }
    noteFailure(failure);
    throw failure;
  }

  /** PgBouncer takes no start-up parameter that it does not know (`ignore_startup_parameters`). */
  function connectWithoutLimits(): Promise<PostgresPoolClient> {
    if (limits === NO_LIMITS) return connect(); // another request has found it out meanwhile
    log.warn("database_limits_refused", {
      fix: "The pooler refuses time limits: set statement_timeout, lock_timeout and idle_in_transaction_session_timeout by ALTER ROLE.",
    });
    limits = NO_LIMITS;
    const former = pools;
    pools = urls.map(open);
    for (const { pool } of former) void pool.end();
    return connect();
  }

  // Kysely looks at the options only to cancel a statement, which Better Auth never does.
  return {
    options: {},
    connect,
    end: async () => void (await Promise.all(pools.map(({ pool }) => pool.end()))),
  };
}

/**
 * Leaves a connection that is of no use: after an answer that did not come in time, because what
 * follows would wait too, and on a server that takes no writes any more (SQLSTATE 25006).
 */
class ImpatientClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      const answer = query(...args);
      if (answer instanceof Promise) {
        answer.catch((error: unknown) => {
          if (isUseless(error)) void this.end();
        });
      }
      return answer;
    }) as typeof this.query;
  }
}

function isUseless(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message === "Query read timeout" || Reflect.get(error, "code") === "25006";
}

async function refuseReadOnly(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query<{ transaction_read_only: string }>(
    "SHOW transaction_read_only",
  );
  if (rows[0]?.transaction_read_only === "on") {
    throw new Error("The server is read-only, and target_session_attrs asks for read-write.");
  }
}

function isRefusedLimit(error: unknown): boolean {
  return error instanceof Error && error.message.includes("unsupported startup parameter");
}
