import { isRecord } from "./storage";

/** What every owned noun has; the rest of an item is what a person can change about it. */
export type Item = { id: string; created_at: string; updated_at: string };

/** What a person can change about an item. */
export type Changes<T extends Item = Item> = Partial<Omit<T, keyof Item>>;

/**
 * What was done to one item and is not answered by the server yet: what is sent, and the item as
 * it looks with it (for DELETE: as it looked before). Sending one twice is harmless.
 */
export type Write<T extends Item = Item> = { noun: string; item: T } & (
  | { method: "PUT" }
  | { method: "PATCH"; changes: Changes<T> }
  | { method: "DELETE" }
);

/**
 * What the server has taken, with the item as it answered. `at` is when, by this browser's clock;
 * `taken_at` likewise, in milliseconds since this document began, which no setting of the clock moves.
 */
export type Acknowledged<T extends Item = Item> = { at: number; taken_at: number; write: Write<T> };

/** An item that the server has never seen: it has no place in time yet. */
export function newItem<T extends Item>(id: string, fields: Omit<T, keyof Item>): T {
  return { id, ...fields, created_at: "", updated_at: "" } as T;
}

export const isNew = (item: Item): boolean => item.created_at === "";

/**
 * Whether a value can be a write of any build, former or later: which nouns there are, and what they
 * hold, may differ. A build sends what it knows and drops nothing that another one may send.
 */
export function isAnyWrite(value: unknown): value is Write {
  if (!isRecord(value) || typeof value.noun !== "string" || !isRecord(value.item)) return false;
  if (typeof value.item.id !== "string") return false;
  if (value.method === "PATCH") return isRecord(value.changes);
  return value.method === "PUT" || value.method === "DELETE";
}

/** Names the item of a write among those of all nouns. */
export const keyOf = ({ noun, item }: Pick<Write, "noun" | "item">): string => `${noun}:${item.id}`;

/** What a person can change about an item, as it is. */
function fieldsOf<T extends Item>(item: T): Changes<T> {
  const { id, created_at, updated_at, ...fields } = item;
  return fields as Changes<T>;
}

/** Those of `fields` that `other` has not, or has otherwise. */
export function difference<T extends object>(fields: T, other: Partial<T>): Partial<T> {
  // By content: what a newer API shows may be a list or an object.
  const differs = ([name, value]: [string, unknown]) =>
    JSON.stringify(other[name as keyof T]) !== JSON.stringify(value);
  return Object.fromEntries(Object.entries(fields).filter(differs)) as Partial<T>;
}

/** One write that does what `before` and then `next` would have done to an item. */
export function merge(before: Write | undefined, next: Write): Write {
  if (!before || next.method !== "PATCH") return next;
  const item = { ...before.item, ...next.changes };
  if (before.method === "PUT") return { ...before, item };
  if (before.method === "DELETE") return before;
  return { ...before, item, changes: { ...before.changes, ...next.changes } };
}

/** What a write changes, as it is sent. */
export function changesOf<T extends Item>(write: Write<T>): Changes<T> {
  return write.method === "PATCH" ? write.changes : fieldsOf(write.item);
}

/** What of `now` is still to be sent when the server has taken `sent`, an earlier state of it. */
export function remaining(now: Write | undefined, sent: Write): Write | undefined {
  if (!now || now.method !== sent.method) return now;
  const changes = difference(changesOf(now), changesOf(sent));
  if (now.method === "DELETE" || Object.keys(changes).length === 0) return undefined;
  return { noun: now.noun, method: "PATCH", item: now.item, changes };
}
