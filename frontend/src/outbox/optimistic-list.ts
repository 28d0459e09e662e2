import { type Acknowledged, changesOf, type Item, isNew, type Write } from "./write";

/**
 * One page of a list, and when this document asked for it, in milliseconds since it began; undefined
 * if the server brought it.
 */
export type Page<T> = { items: T[]; next_cursor: string | null; asked_at?: number };

export type Placement<T> = {
  /** Whether an item is in the list at all. */
  belongs(item: T): boolean;
  /** The order of the list: negative if `a` comes before `b`. */
  compare(a: T, b: T): number;
};

/** What the server has taken since it was asked for the oldest of these pages. */
export function takenSince(
  taken: readonly Acknowledged[],
  pages: readonly Page<unknown>[],
): readonly Acknowledged[] {
  const since = Math.min(...pages.map((page) => page.asked_at ?? 0));
  return taken.filter(({ taken_at }) => taken_at >= since);
}

/**
 * What a list shows: the server's items, over them what the server has taken since, over that what
 * is on its way. Changed rows stay in their place, new ones come on top (the latest first), and
 * what comes back or now belongs here goes where it is sorted. Items to which nothing was done keep
 * their identity.
 *
 * @param complete - the server has no further items in this list; else what would be sorted behind
 *   the last one is left for its page to bring
 */
export function optimisticList<T extends Item>(
  items: readonly T[],
  taken: readonly Acknowledged<T>[],
  writes: readonly Write<T>[],
  { belongs, compare }: Placement<T>,
  complete: boolean,
): T[] {
  const rows = new Map(items.map((item) => [item.id, item]));
  const coming = new Map<string, T>();

  function put(item: T): void {
    coming.delete(item.id);
    const known = rows.has(item.id);
    if (!belongs(item)) rows.delete(item.id);
    else if (known) rows.set(item.id, item);
    else coming.set(item.id, item);
  }

  for (const { write } of taken) {
    const { item, method } = write;
    const known = rows.get(item.id);
    if (known && known.updated_at > item.updated_at && method !== "DELETE") continue;
    if (method === "DELETE") drop(item.id);
    else put(item);
  }
  for (const write of writes) {
    const { id } = write.item;
    const known = rows.get(id) ?? coming.get(id);
    if (write.method === "DELETE") drop(id);
    else put(known ? { ...known, ...changesOf(write) } : write.item);
  }
  function drop(id: string): void {
    rows.delete(id);
    coming.delete(id);
  }

  const list = [...rows.values()];
  const others = [...coming.values()];
  for (const item of others.filter((each) => !isNew(each))) {
    const at = list.findIndex((other) => compare(item, other) < 0);
    if (at >= 0) list.splice(at, 0, item);
    else if (complete) list.push(item);
  }
  return [...others.filter(isNew).toReversed(), ...list];
}
