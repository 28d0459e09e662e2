import type { Item } from "../outbox/write";

/** What a form holds: the text of each of its fields. */
export type FormText = Record<string, string>;
export type FormErrors = Partial<Record<string, string>>;

/** One thing that a person can change about an item; what follows from it is said here and once. */
export type Field<V> = {
  /** How the form asks for it; undefined: not in a form, such as a checkbox in the list. */
  control?: { label: string; type: "text" | "textarea" | "date" };
  /** In a new item. */
  initial: V;
  toText(value: V): string;
  fromText(text: string): V;
  /** What is wrong with a text, by the API's limits. */
  problem?(text: string): string | undefined;
  /** Whether what was stored can be one. */
  is(value: unknown): value is V;
};

export type Fields<T extends Item> = { [Name in keyof Omit<T, keyof Item>]-?: Field<T[Name]> };

/** A line of text; `missing` is said where it is empty. */
export function text(label: string, limit: number, missing: string): Field<string> {
  return {
    control: { label, type: "text" },
    initial: "",
    toText: (value) => value,
    fromText: (typed) => typed.trim(),
    problem: (typed) => (typed.trim() ? tooLong(typed.trim(), limit) : missing),
    is: isString,
  };
}

/** Text of several lines, or nothing. */
export function prose(label: string, limit: number): Field<string | null> {
  return {
    control: { label, type: "textarea" },
    initial: null,
    toText: (value) => value ?? "",
    fromText: (typed) => (typed.trim() ? typed : null),
    problem: (typed) => tooLong(typed, limit),
    is: (value) => value === null || isString(value),
  };
}

/** A day as `YYYY-MM-DD`, or none. */
export function date(label: string): Field<string | null> {
  return {
    control: { label, type: "date" },
    initial: null,
    toText: (value) => value ?? "",
    fromText: (typed) => typed || null,
    problem: (typed) => (!typed || isDay(typed) ? undefined : "Use a year of four digits."),
    is: (value): value is string | null => value === null || isDay(value),
  };
}

/** Yes or no, not in a form. */
export function flag(): Field<boolean> {
  return {
    initial: false,
    toText: String,
    fromText: (typed) => typed === "true",
    is: (value) => typeof value === "boolean",
  };
}

function tooLong(typed: string, limit: number): string | undefined {
  const { length } = [...typed];
  return length > limit ? `Use at most ${limit} characters; these are ${length}.` : undefined;
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isDay(value: unknown): boolean {
  if (!isString(value) || !/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const day = new Date(value);
  return !Number.isNaN(day.valueOf()) && day.toISOString().startsWith(value);
}
