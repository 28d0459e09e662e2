import { readStored, removeStored, storedUnder, writeStored } from "./storage";

/**
 * Unsaved text of forms, so that the end of a session, a crash or a closed tab loses nothing.
 * It is kept in localStorage under the user's id: text that the user typed, never a token. Another
 * user's page never reads it; an explicit sign-out drops it, and so do seven days.
 */
export type DraftFields = Record<string, string>;

/** The name of the form for a new task. */
export const NEW_TASK = "new-task";

/** The name of the form in which a task is edited. */
export const editForm = (taskId: string) => `edit:${taskId}`;

const PREFIX = "gatepass.draft";
const KEPT_FOR = 7 * 24 * 60 * 60 * 1000;

const keyOf = (userId: string, form: string) => `${PREFIX}:${userId}:${form}`;

/** Keeps what a form holds; a form without any text keeps nothing. */
export function saveDraft(userId: string, form: string, fields: DraftFields): void {
  const key = keyOf(userId, form);
  if (Object.values(fields).some((value) => value.trim()))
    writeStored(key, { fields, at: Date.now() });
  else removeStored(key);
}

/** What was typed into a form and never saved. */
export function readDraft(userId: string, form: string): DraftFields | undefined {
  const key = keyOf(userId, form);
  const draft = readStored<{ fields: DraftFields; at: number }>(key);
  if (!draft) return undefined;
  if (Date.now() - draft.at < KEPT_FOR) return draft.fields;
  removeStored(key);
  return undefined;
}

/** The names of a user's forms that hold a draft. */
export function draftForms(userId: string): string[] {
  return storedUnder(keyOf(userId, ""));
}

export function dropDraft(userId: string, form: string): void {
  removeStored(keyOf(userId, form));
}

/** An explicit sign-out: nothing of the user's text stays on this device. */
export function dropDrafts(userId: string): void {
  for (const form of draftForms(userId)) dropDraft(userId, form);
}
