import { randomUUID } from "node:crypto";
import { type Kysely, sql } from "kysely";

/** At most `max` times in `window` seconds. */
export interface Quota {
  max: number;
  window: number;
}

export interface Counted {
  allowed: boolean;
  /** Seconds until the count begins anew; `null` while there is room. */
  retryAfter: number | null;
}

export type Counters = ReturnType<typeof createCounters>;

/** How many refused keys are remembered, so that a flood costs no statement for each request. */
const MAX_REMEMBERED = 10_000;

/** Longest key that is written, longest window there is (in seconds), and how often old rows go. */
const MAX_KEY = 200;
const DAY = 86_400;
const SWEEP_EVERY = 1000;

/** How far the clocks of copies may be apart, in milliseconds. */
const MAX_SKEW = 60_000;

/**
 * Counters in Better Auth's table `rateLimit`, where several copies of this server count together.
 * A count ends with its window; Better Auth's own begins anew only after a pause of that length,
 * which somebody who goes on trying never grants to the others behind the same address.
 */
// biome-ignore lint/suspicious/noExplicitAny: the tables are Better Auth's, which has no types for them
export function createCounters(db: Kysely<any>, now: () => number = Date.now) {
  const closed = new Map<string, number>();
  let hits = 0;

  async function hit(name: string, { max, window }: Quota): Promise<Counted> {
    const key = name.slice(0, MAX_KEY);
    const time = now();
    const until = closed.get(key);
    const left = (until ?? 0) - time;
    if (left > 0 && left <= window * 1000 + MAX_SKEW) return refused(left);
    closed.delete(key);

    // What begins later than copies' clocks differ was written before a clock was put back.
    const expired = sql`("rateLimit"."lastRequest" <= ${time - window * 1000}
      or "rateLimit"."lastRequest" > ${time + MAX_SKEW})`;
    const { rows } = await sql<{ count: number; begun: number | string }>`
      insert into "rateLimit" ("id", "key", "count", "lastRequest")
      values (${randomUUID()}, ${key}, 1, ${time})
      on conflict ("key") do update set
        "count" = case when ${expired} then 1 else "rateLimit"."count" + 1 end,
        "lastRequest" = case when ${expired} then ${time} else "rateLimit"."lastRequest" end
      returning "count", "lastRequest" as "begun"`.execute(db);
    if (++hits % SWEEP_EVERY === 0)
      await sql`delete from "rateLimit" where "lastRequest" < ${time - DAY * 1000}`.execute(db);

    const [row] = rows;
    if (!row || row.count <= max) return { allowed: true, retryAfter: null };
    const end = Number(row.begun) + window * 1000;
    if (closed.size >= MAX_REMEMBERED) closed.clear();
    closed.set(key, end);
    return refused(end - time);
  }

  /** Takes one back, for what turned out well. */
  async function refund(name: string): Promise<void> {
    await sql`update "rateLimit" set "count" = "count" - 1
      where "key" = ${name.slice(0, MAX_KEY)} and "count" > 0`.execute(db);
  }

  return { hit, refund };
}

function refused(milliseconds: number): Counted {
  return { allowed: false, retryAfter: Math.max(1, Math.ceil(milliseconds / 1000)) };
}
