import {
  isKept,
  isRecord,
  type Kept,
  readKept,
  removeStored,
  storedUnder,
  writeStored,
} from "./storage";

/**
 * Unsaved text of forms, so that the end of a session, a crash or a closed tab loses nothing.
 * It is kept in localStorage under the user's id: text that the user typed, never a pass. Another
 * user's page never reads it; an explicit sign-out drops it, and so do seven days.
 */
type DraftFields = Record<string, string>;

/** `edited` names the fields that were changed in a form that was opened with something in it. */
type Draft = Kept & { fields: DraftFields; edited?: string[] | undefined };

/** The name of the form for a new item of a noun. */
export const newForm = (noun: string) => `new:${noun}`;

/** The name of the form in which an item is edited. */
export const editForm = (id: string) => `edit:${id}`;

const keyOf = (userId: string, form: string) => `gatepass.draft:${userId}:${form}`;

/** What this document has kept last, by key: what else is there was typed in another tab. */
const own = new Map<string, string>();

/**
 * Keeps what a form holds. A form in which nothing was `edited` keeps nothing, and neither does
 * one without any text that began empty. Returns false if storage would not take it.
 */
export function saveDraft(
  userId: string,
  form: string,
  fields: DraftFields,
  edited?: string[],
): boolean {
  const key = keyOf(userId, form);
  const something = edited ? edited.length : Object.values(fields).some((value) => value.trim());
  if (!something) dropDraft(userId, form);
  else if (!writeStored(key, { at: Date.now(), fields, edited })) return false;
  else own.set(key, JSON.stringify(fields));
  return true;
}

/** What was typed into a form and never saved. */
export function readDraft(userId: string, form: string): DraftFields | undefined {
  return readKept(keyOf(userId, form), isDraft)?.fields;
}

/** Of a draft only what was edited: the rest is as it was when the form opened, perhaps long ago. */
export function readEdits(userId: string, form: string): DraftFields | undefined {
  const draft = readKept(keyOf(userId, form), isDraft);
  if (!draft?.edited) return draft?.fields;
  const { edited } = draft;
  return Object.fromEntries(Object.entries(draft.fields).filter(([name]) => edited.includes(name)));
}

/** The names of a user's forms that hold a draft. */
export function draftForms(userId: string): string[] {
  return storedUnder(keyOf(userId, ""));
}

/** A form was saved or emptied: its text goes, unless another tab has put its own there since. */
export function dropDraft(userId: string, form: string): void {
  const key = keyOf(userId, form);
  const text = own.get(key);
  own.delete(key);
  if (text === undefined || text === JSON.stringify(readDraft(userId, form))) removeStored(key);
}

/** An explicit sign-out: nothing of the user's text stays on this device. */
export function dropDrafts(userId: string): void {
  for (const form of draftForms(userId)) removeStored(keyOf(userId, form));
}

function isDraft(value: unknown): value is Draft {
  if (!isKept(value)) return false;
  const { fields, edited } = value as Partial<Draft>;
  return (
    isRecord(fields) &&
    Object.values(fields).every((text) => typeof text === "string") &&
    (edited === undefined || Array.isArray(edited))
  );
}
