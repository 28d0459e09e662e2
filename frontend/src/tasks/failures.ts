import { ApiError, SessionOver } from "../api/errors";
import { editForm, NEW_TASK, readDraft, saveDraft } from "./drafts";
import { toText } from "./fields";
import { isNew, type PendingWrite } from "./pending";

/**
 * Whether a failed write leaves the outbox. It does with the server's last word; a fault of the
 * server is none for what exists nowhere else. At the end of a session text leaves for its form,
 * if that is free; everything else is sent after signing in again.
 */
export function isGivenUp(userId: string, write: PendingWrite, error: unknown): boolean {
  if (error instanceof SessionOver) return !ticks(write) && freeForm(userId, write) !== undefined;
  if (!(error instanceof ApiError) || error.status === 429) return false;
  return error.status < 500 || write.method !== "PUT";
}

/** Puts the text of a write back into its form, as a draft. Returns the form's name, if any. */
export function giveBack(userId: string, write: PendingWrite): string | undefined {
  const form = freeForm(userId, write);
  if (form) saveDraft(userId, form, toText(write.task));
  return form;
}

/** The form that a write's text was typed into, unless something else is in it by now. */
function freeForm(userId: string, write: PendingWrite): string | undefined {
  const form = formOf(write);
  return form && !readDraft(userId, form) ? form : undefined;
}

function formOf(write: PendingWrite): string | undefined {
  if (write.method === "PUT" && isNew(write.task)) return NEW_TASK;
  const typed = write.method === "PATCH" && Object.keys(write.changes).some(isText);
  return typed ? editForm(write.task.id) : undefined;
}

function isText(field: string): boolean {
  return field !== "completed";
}

function ticks(write: PendingWrite): boolean {
  return write.method === "PATCH" ? "completed" in write.changes : write.task.completed;
}
