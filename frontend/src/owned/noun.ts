import type { Page, Placement } from "../outbox/optimistic-list";
import { isRecord } from "../outbox/storage";
import { type Changes, type Item, isAnyWrite, isNew, newItem, type Write } from "../outbox/write";
import type { Fields, FormErrors, FormText } from "./fields";
import { type Params, parseView, placement, type View, viewSearch } from "./view";

/** How many items one request brings. */
const PAGE_SIZE = 50;

/** What is particular to a noun: each fact about it once. */
type NounOptions<T extends Item> = {
  /** In the plural, as the API's path has it. */
  name: string;
  /** One of it, at the beginning of a sentence. */
  one: string;
  fields: Fields<T>;
  /** Filters, search and order, by the names of the API's parameters. */
  params: Params<T>;
  /** Which of the API's requests do it. All but `list` may be repeated. */
  requests: {
    list(userId: string, query: Record<string, unknown>, signal?: AbortSignal): Promise<Page<T>>;
    put(userId: string, id: string, fields: Omit<T, keyof Item>): Promise<T>;
    patch(userId: string, id: string, changes: Changes<T>): Promise<T>;
    remove(userId: string, id: string): Promise<unknown>;
  };
};

export type Noun<T extends Item = Item> = ReturnType<typeof defineNoun<T>>;

/** A noun with what follows from the facts about it: forms, checks, changes, addresses, requests. */
export function defineNoun<T extends Item>(options: NounOptions<T>) {
  const { name, fields, params } = options;
  type Name = keyof Fields<T> & string;
  const names = Object.keys(fields) as Name[];
  const control = (key: string) => fields[key as Name].control;
  const inForm: string[] = names.filter(control);
  const map = <V>(keys: readonly string[], value: (key: Name) => V) =>
    Object.fromEntries(keys.map((key) => [key, value(key as Name)])) as Record<string, V>;

  const isValid = (key: string, value: unknown) =>
    Object.hasOwn(fields, key) && fields[key as Name].is(value);

  /**
   * Whether this build can put an item without losing something of it: what a former build did not
   * know is as in a new item, what a new one holds besides is a later build's. Of an item that the
   * API has shown it may be a newer API's, and is no reason to keep it from being restored.
   */
  function canPut(item: Record<string, unknown>): boolean {
    if (typeof item.created_at !== "string" || typeof item.updated_at !== "string") return false;
    const { id, created_at, updated_at, ...rest } = item;
    return Object.entries(rest).every(
      ([key, value]) =>
        value === undefined ||
        isValid(key, value) ||
        (created_at !== "" && !Object.hasOwn(fields, key)),
    );
  }

  function isChanges(value: unknown): value is Changes<T> {
    return isRecord(value) && Object.entries(value).every(([key, one]) => isValid(key, one));
  }

  return {
    ...options,
    /** The names of the fields that a form holds, in their order. */
    inForm,
    /** How a form asks for a field. */
    control,
    /** What a form holds of an item, or of some of its fields. */
    toText(item: Partial<T>): FormText {
      return map(inForm, (key) => (key in item ? fields[key].toText(item[key] as never) : ""));
    },
    /** The values of a form's texts, of those that are given. */
    fromText(texts: FormText): Changes<T> {
      const given = inForm.filter((key) => key in texts);
      return map(given, (key) => fields[key].fromText(texts[key] ?? "")) as Changes<T>;
    },
    /** What is wrong with a form's texts. */
    check(texts: FormText): FormErrors {
      const problems = inForm.map((key) => [key, fields[key as Name].problem?.(texts[key] ?? "")]);
      return Object.fromEntries(problems.filter(([, problem]) => problem));
    },
    /** A new item; what is not given is as in every new one. */
    create(id: string, some: Changes<T>): T {
      return newItem<T>(id, { ...map(names, (key) => fields[key].initial), ...some } as never);
    },
    /** What is sent of an item that is put. */
    body(item: T): Omit<T, keyof Item> {
      return map(names, (key) => item[key]) as never;
    },
    /** Whether a value from storage, or from another tab, is a write that this build can send. */
    isWrite(value: unknown): value is Write<T> {
      if (!isAnyWrite(value) || value.noun !== name) return false;
      if (value.method === "PATCH") return isChanges(value.changes);
      return value.method === "DELETE" || canPut(value.item);
    },
    /** Whether a write holds what is no value of a field that this build knows: it is of no build. */
    isWrong({ item, ...rest }: Write): boolean {
      const changes = "changes" in rest ? rest.changes : {};
      return [...Object.entries(item), ...Object.entries(changes)].some(
        ([key, value]) => Object.hasOwn(fields, key) && !isValid(key, value),
      );
    },
    /**
     * A write of any build as this one can show it: what is missing of its item, or is none, is as in
     * a new one.
     */
    complete(write: Write<T>): Write<T> {
      const { item } = write;
      const wrong = {
        ...(typeof item.created_at !== "string" && { created_at: "" }),
        ...(typeof item.updated_at !== "string" && { updated_at: "" }),
        ...map(
          names.filter((key) => !isValid(key, item[key])),
          (key) => fields[key].initial,
        ),
      } as Partial<T>;
      const whole =
        Object.keys(wrong).length > 0 ? { ...write, item: { ...item, ...wrong } } : write;
      if (whole.method !== "PATCH" || isChanges(whole.changes)) return whole;
      const known = Object.entries(whole.changes).filter(([key, value]) => isValid(key, value));
      return { ...whole, changes: Object.fromEntries(known) as Changes<T> };
    },
    /** The fields that were typed into a form to make a write. */
    typed(write: Write<T>): string[] {
      if (write.method === "PUT") return isNew(write.item) ? inForm : [];
      return write.method === "PATCH" ? inForm.filter((key) => key in write.changes) : [];
    },
    /** Whether a write brings what is in no form, such as a tick. */
    isTicked(write: Write<T>): boolean {
      const others = names.filter((key) => !fields[key].control);
      if (write.method === "PATCH") return others.some((key) => key in write.changes);
      return others.some((key) => write.item[key] !== fields[key].initial);
    },
    parseView: (get: (name: string) => string | null | undefined) => parseView(params, get),
    viewSearch: (view: View) => viewSearch(params, view),
    placement: (view: View): Placement<T> => placement(params, view),
    /** Query parameters of the list request: what is empty is left out. */
    query: (view: View, cursor: string | null): Record<string, string | number> => ({
      ...Object.fromEntries(Object.entries(view).filter(([, value]) => value)),
      limit: PAGE_SIZE,
      ...(cursor && { cursor }),
    }),
  };
}
