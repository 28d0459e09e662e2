import type { Placement } from "../outbox/optimistic-list";
import type { Item } from "../outbox/write";

/**
 * One part of the state of a list that the address holds. What the address says, what is asked of
 * the API and what belongs into the list follow from it.
 */
type Param<T> = {
  /** What it is where the address says nothing. */
  initial: string;
  /** The value for any text; what is unknown gives the initial one. */
  parse(text: string): string;
  /** Value and label of each choice, in their order; a search has none. */
  labels?: Readonly<Record<string, string>>;
  /** How long a search may be, in characters. */
  limit?: number;
  /** Whether an item belongs into the list, as the API decides it. */
  matches?(item: T, value: string): boolean;
  /** What the API sorts by, as text; ids break ties, a value that begins with `-` turns it round. */
  key?(item: T, value: string): string;
};

export type Params<T> = Record<string, Param<T>>;
/** A value for each parameter. */
export type View = Record<string, string>;

/** One of several. The first is the initial one. */
export function choice<T>(
  labels: Readonly<Record<string, string>>,
  rest: Pick<Param<T>, "matches" | "key">,
): Param<T> {
  const [initial = ""] = Object.keys(labels);
  return {
    initial,
    labels,
    parse: (text) => (Object.hasOwn(labels, text) ? text : initial),
    ...rest,
  };
}

/** A text of at most `limit` characters that has to occur in one of `texts`, whatever its case. */
export function search<T>(limit: number, texts: (item: T) => (string | null)[]): Param<T> {
  return {
    initial: "",
    limit,
    parse: (text) => [...text.replaceAll("\0", "")].slice(0, limit).join(""),
    matches: (item, q) => texts(item).some((text) => folded(text ?? "").includes(folded(q))),
  };
}

/** Reads a view from query parameters. */
export function parseView<T>(
  params: Params<T>,
  get: (name: string) => string | null | undefined,
): View {
  const entries = Object.entries(params);
  return Object.fromEntries(entries.map(([name, param]) => [name, param.parse(get(name) ?? "")]));
}

/** The query string of a view, with its `?`; empty for the initial one. */
export function viewSearch<T>(params: Params<T>, view: View): string {
  const search = new URLSearchParams();
  for (const [name, { initial }] of Object.entries(params))
    if ((view[name] ?? initial) !== initial) search.set(name, view[name] ?? "");
  return search.size ? `?${search}` : "";
}

/** Which items a view shows, and in which order. */
export function placement<T extends Item>(params: Params<T>, view: View): Placement<T> {
  const all = Object.entries(params).map(
    ([name, param]) => [param, view[name] ?? param.initial] as const,
  );
  const [order, by = ""] = all.find(([{ key }]) => key) ?? [];
  const direction = by.startsWith("-") ? -1 : 1;
  const key = (item: T) => `${order?.key?.(item, by)} ${item.id}`;
  return {
    belongs: (item) => all.every(([param, value]) => param.matches?.(item, value) ?? true),
    compare: (a, b) => (key(a) < key(b) ? -direction : key(a) > key(b) ? direction : 0),
  };
}

/** Without case as the API compares: Unicode's full folding, so that `ß` is found by `SS`. */
function folded(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
