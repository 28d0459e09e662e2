"use client";

import { Field, FieldError, inputClasses } from "../ui/field";
import type { Task } from "./view";

export const TITLE_LIMIT = 200;
export const DESCRIPTION_LIMIT = 5000;

/** What a task form holds, as text. */
export type TaskText = { title: string; description: string; due_date: string };
export type TaskErrors = Partial<Record<keyof TaskText, string>>;

export function readFields(form: HTMLFormElement): TaskText {
  const fields = new FormData(form);
  const read = (name: string) => String(fields.get(name) ?? "");
  return { title: read("title"), description: read("description"), due_date: read("due_date") };
}

export function fillFields(form: HTMLFormElement, values: Partial<TaskText>): void {
  for (const [name, value] of Object.entries(values)) {
    const control = form.elements.namedItem(name);
    if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement)
      control.value = value;
  }
}

/** The text of a task, as a form holds it. */
export function toText(task: Pick<Task, keyof TaskText>): TaskText {
  return { title: task.title, description: task.description ?? "", due_date: task.due_date ?? "" };
}

/** The values to send, with nothing as null. */
export function toTask({ title, description, due_date }: TaskText) {
  return {
    title: title.trim(),
    description: description.trim() ? description : null,
    due_date: due_date || null,
  };
}

/** The limits of the API, checked before asking it; lengths are in characters. */
export function checkFields({ title, description }: TaskText): TaskErrors {
  const errors: TaskErrors = {};
  const titleLength = [...title.trim()].length;
  if (titleLength === 0) errors.title = "Write what is to be done.";
  if (titleLength > TITLE_LIMIT)
    errors.title = `Use at most ${TITLE_LIMIT} characters; these are ${titleLength}.`;
  const length = [...description].length;
  if (length > DESCRIPTION_LIMIT)
    errors.description = `Use at most ${DESCRIPTION_LIMIT} characters; these are ${length}.`;
  return errors;
}

/** Notes and due date, the same in the form for a new task and in the editor. */
export function DetailFields({
  idPrefix,
  values,
  errors,
}: {
  idPrefix: string;
  values?: Partial<TaskText>;
  errors: TaskErrors;
}) {
  const notesId = `${idPrefix}-description`;
  return (
    <>
      <div className="grid gap-1.5">
        <label htmlFor={notesId} className="text-sm font-medium">
          Notes
        </label>
        <textarea
          id={notesId}
          name="description"
          rows={3}
          defaultValue={values?.description}
          aria-invalid={errors.description ? true : undefined}
          aria-describedby={errors.description ? `${notesId}-error` : undefined}
          className={`${inputClasses} field-sizing-content max-h-72 min-h-20 resize-y py-2.5`}
        />
        {errors.description && (
          <FieldError id={`${notesId}-error`}>{errors.description}</FieldError>
        )}
      </div>
      <div className="max-w-52">
        <Field
          id={`${idPrefix}-due`}
          name="due_date"
          label="Due date"
          type="date"
          defaultValue={values?.due_date}
          error={errors.due_date}
        />
      </div>
    </>
  );
}
