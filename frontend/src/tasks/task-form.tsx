"use client";

import { type FormEvent, useEffect, useRef, useState } from "react";
import { CalendarIcon, PlusIcon } from "../ui/action-icons";
import { Button, IconButton } from "../ui/button";
import { FieldError } from "../ui/field";
import { dropDraft, NEW_TASK, readDraft, saveDraft } from "./drafts";
import {
  checkFields,
  DetailFields,
  fillFields,
  readFields,
  type TaskErrors,
  toTask,
} from "./fields";
import { newTask } from "./pending";
import { useTools } from "./tools";
import { newId } from "./uuid";

/**
 * The form for a new task. What is typed is kept as a draft until the task is on its way; a task
 * that the server refuses comes back here with the reason at its field.
 */
export function TaskForm({ onAdded }: { onAdded: () => void }) {
  const { userId, actions, refused } = useTools();
  const form = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<TaskErrors>({});
  const [details, setDetails] = useState(false);
  const [restored, setRestored] = useState(false);

  // What was typed before the session ended, or before this script ran, or was refused.
  useEffect(() => {
    const element = form.current;
    const draft = readDraft(userId, NEW_TASK);
    if (!element || !draft || readFields(element).title) return;
    fillFields(element, draft);
    setDetails(Boolean(draft.description || draft.due_date));
    if (refused?.form !== NEW_TASK) return setRestored(true);
    setErrors(refused.errors);
    title(element)?.focus();
  }, [userId, refused]);

  function onInput(): void {
    if (!form.current) return;
    saveDraft(userId, NEW_TASK, readFields(form.current));
    setErrors({});
  }

  function clear(): void {
    form.current?.reset();
    dropDraft(userId, NEW_TASK);
    setRestored(false);
    setDetails(false);
  }

  function onSubmit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const fields = readFields(event.currentTarget);
    const found = checkFields(fields);
    setErrors(found);
    title(event.currentTarget)?.focus();
    if (Object.keys(found).length > 0) return;
    actions.add(newTask(newId(), toTask(fields)));
    clear();
    onAdded();
  }

  return (
    <form ref={form} onSubmit={onSubmit} onInput={onInput} noValidate aria-label="Add a task">
      <div className="rounded-2xl border border-line bg-card p-2 shadow-card focus-within:border-edge">
        <div className="flex items-center gap-1 sm:gap-2">
          <input
            id="new-task"
            name="title"
            type="text"
            aria-label="New task"
            placeholder="What is to be done?"
            autoComplete="off"
            enterKeyHint="done"
            aria-invalid={errors.title ? true : undefined}
            aria-describedby={errors.title ? "new-task-error" : undefined}
            className="min-h-11 min-w-0 grow rounded-xl bg-transparent px-3 text-base placeholder:text-muted"
          />
          <IconButton
            label="Due date and notes"
            aria-expanded={details}
            aria-controls="new-task-details"
            onClick={() => setDetails(!details)}
          >
            <CalendarIcon />
          </IconButton>
          <Button type="submit" className="px-3 sm:px-4">
            <PlusIcon />
            <span className="max-sm:sr-only">Add task</span>
          </Button>
        </div>
        {errors.title && (
          <div className="px-3 py-2">
            <FieldError id="new-task-error">{errors.title}</FieldError>
          </div>
        )}
        <div
          id="new-task-details"
          hidden={!details}
          className="mt-2 border-t border-line px-3 pt-4 pb-3"
        >
          <div className="grid gap-4">
            <DetailFields idPrefix="new-task" errors={errors} />
          </div>
        </div>
      </div>
      {restored && (
        <p role="status" className="mt-2 flex items-center gap-3 px-1 text-sm text-muted">
          Here is what you had typed before.
          <button
            type="button"
            onClick={() => {
              clear();
              if (form.current) title(form.current)?.focus();
            }}
            className="cursor-pointer py-2 font-medium text-accent underline underline-offset-4"
          >
            Discard it
          </button>
        </p>
      )}
    </form>
  );
}

function title(form: HTMLFormElement): HTMLElement | undefined {
  const control = form.elements.namedItem("title");
  return control instanceof HTMLElement ? control : undefined;
}
