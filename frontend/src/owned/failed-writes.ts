import { ApiError, SessionOver } from "../api/errors";
import { editForm, newForm, readDraft, saveDraft } from "../outbox/drafts";
import type { Item, Write } from "../outbox/write";
import type { Noun } from "./noun";

/**
 * Whether a failed write leaves the outbox. It does with the server's last word; a fault of the
 * server is none for what exists nowhere else. At the end of a session text leaves for its form,
 * if that is free; everything else is sent after signing in again.
 */
export function isGivenUp<T extends Item>(
  noun: Noun<T>,
  userId: string,
  write: Write<T>,
  error: unknown,
): boolean {
  if (error instanceof SessionOver)
    return !noun.isTicked(write) && freeForm(noun, userId, write) !== undefined;
  if (!(error instanceof ApiError) || error.status === 429) return false;
  return error.status < 500 || write.method !== "PUT";
}

/** Puts the text of a write back into its form, as a draft. Returns the form's name, if any. */
export function giveBack<T extends Item>(
  noun: Noun<T>,
  userId: string,
  write: Write<T>,
): string | undefined {
  const form = freeForm(noun, userId, write);
  const edited = write.method === "PATCH" ? noun.typed(write) : undefined;
  if (form) saveDraft(userId, form, noun.toText(write.item), edited);
  return form;
}

/** The form that a write's text was typed into, unless something else is in it by now. */
function freeForm<T extends Item>(
  noun: Noun<T>,
  userId: string,
  write: Write<T>,
): string | undefined {
  if (noun.typed(write).length === 0) return undefined;
  const form = write.method === "PUT" ? newForm(noun.name) : editForm(write.item.id);
  return readDraft(userId, form) ? undefined : form;
}
