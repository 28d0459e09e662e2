import { ApiError, isGone, isPassing, SessionOver } from "../api/errors";
import { editForm, newForm, readDraft, saveDraft } from "../outbox/drafts";
import type { Item, Write } from "../outbox/write";
import type { Noun } from "./noun";

/**
 * Whether a failed write leaves the outbox, and the form that has its text again. It leaves with
 * the server's last word; a fault of the server is none for what exists nowhere else. What somebody
 * typed leaves for its form alone, and what was restored has none: they stay until the server takes
 * them, or the form is free. At the end of a session nothing else leaves; it is sent after signing
 * in again. `now` is the write as it is pending by now.
 */
export function giveUp<T extends Item>(
  noun: Noun<T>,
  userId: string,
  write: Write<T>,
  now: Write<T>,
  error: unknown,
): { givenUp: boolean; form?: string } {
  const isOver = error instanceof SessionOver;
  const isPut = write.method === "PUT";
  if (!isOver && !isLastWord(error, isPut)) return { givenUp: false };
  // A later write has taken its place: nobody wants this one any more.
  if (now.method !== write.method) return { givenUp: !isOver };
  const text = isPut ? now : write;
  if (!isOver && !isPut && noun.typed(text).length === 0) return { givenUp: true };
  const where = isPut || isGone(error) ? newForm(noun.name) : editForm(text.item.id);
  const form = isOver && noun.isTicked(text) ? undefined : giveBack(noun, userId, text, where);
  return form ? { givenUp: true, form } : { givenUp: false };
}

function isLastWord(error: unknown, isPut: boolean): boolean {
  if (isPassing(error) || !(error instanceof ApiError) || error.status === 429) return false;
  const { status, errorType } = error;
  // What somebody on the way says is no word of the API.
  if (errorType === "unknown_error" && (status === 404 || status >= 500)) return false;
  return status < 500 || !isPut;
}

/**
 * Puts the text of a write into a form, as a draft: the one that it was typed into, or, where its
 * item is gone, the one for a new item. Returns the form's name; undefined if nothing was typed,
 * something else is in it by now, or storage is full.
 */
function giveBack<T extends Item>(
  noun: Noun<T>,
  userId: string,
  write: Write<T>,
  form: string,
): string | undefined {
  const typed = noun.typed(write);
  if (typed.length === 0 || readDraft(userId, form)) return undefined;
  const texts = noun.toText(write.item);
  const edited = form === newForm(noun.name) ? undefined : typed;
  return saveDraft(userId, form, texts, edited) ? form : undefined;
}
