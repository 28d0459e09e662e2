"use client";

import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { dropDraft, editForm, readDraft, saveDraft } from "./drafts";
import {
  checkFields,
  DetailFields,
  fillFields,
  readFields,
  type TaskErrors,
  type TaskText,
  toText,
} from "./fields";
import { useTools } from "./tools";
import type { Task } from "./view";

/**
 * The form in which a task is changed, in the task's own row. What is typed is kept as a draft;
 * whoever saves it drops it.
 */
export function TaskEditor({
  task,
  errors: initialErrors,
  onSave,
  onCancel,
}: {
  task: Task;
  errors: TaskErrors;
  onSave: (fields: TaskText) => void;
  onCancel: () => void;
}) {
  const { userId } = useTools();
  const form = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState(initialErrors);
  const name = editForm(task.id);

  useEffect(() => {
    const draft = readDraft(userId, name);
    if (form.current && draft) fillFields(form.current, draft);
    form.current?.querySelector<HTMLInputElement>("[name=title]")?.focus();
  }, [userId, name]);

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = readFields(event.currentTarget);
    const found = checkFields(fields);
    setErrors(found);
    if (Object.keys(found).length === 0) onSave(fields);
  }

  function cancel(): void {
    dropDraft(userId, name);
    onCancel();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Escape") cancel();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
  }

  return (
    <form
      ref={form}
      noValidate
      aria-label="Edit task"
      onSubmit={onSubmit}
      onKeyDown={onKeyDown}
      onInput={() => form.current && saveDraft(userId, name, readFields(form.current))}
      className="grid animate-rise gap-4 rounded-2xl border border-edge bg-card p-4 shadow-card"
    >
      <Field
        id={`edit-${task.id}-title`}
        name="title"
        label="Title"
        type="text"
        autoComplete="off"
        defaultValue={task.title}
        error={errors.title}
      />
      <DetailFields idPrefix={`edit-${task.id}`} values={toText(task)} errors={errors} />
      <div className="flex gap-2">
        <Button type="submit">Save</Button>
        <Button variant="plain" onClick={cancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
