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

/** What this document has kept or restored last, by key: what else is there is another tab's. */
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

/**
 * What a form is to be filled with. Of a draft only what was edited: the rest is as it was when the
 * form opened, perhaps long ago.
 */
export function restoreDraft(userId: string, form: string): DraftFields | undefined {
  const key = keyOf(userId, form);
  const draft = readKept(key, isDraft);
  if (!draft) return undefined;
  const { fields, edited } = draft;
  own.set(key, JSON.stringify(fields));
  return edited
    ? Object.fromEntries(Object.entries(fields).filter(([name]) => edited.includes(name)))
    : fields;
}

/** The names of a user's forms that hold a draft. */
export function draftForms(userId: string): string[] {
  return storedUnder(keyOf(userId, ""));
}

/** A form was saved or emptied: its text goes, but not what another tab has put there. */
export function dropDraft(userId: string, form: string): void {
  const key = keyOf(userId, form);
  if (own.get(key) === JSON.stringify(readDraft(userId, form))) removeStored(key);
  own.delete(key);
}

/** What a form was for is gone, and with it whatever was typed into it in any tab. */
export function removeDraft(userId: string, form: string): void {
  removeStored(keyOf(userId, form));
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
