"use client";

import { type FormEvent, useEffect, useRef, useState } from "react";
import { ApiError, SessionOver } from "../api/errors";
import { CalendarIcon, PlusIcon } from "../ui/action-icons";
import { Button, IconButton } from "../ui/button";
import { FieldError } from "../ui/field";
import { dropDraft, readDraft, saveDraft } from "./drafts";
import {
  checkFields,
  DetailFields,
  fillFields,
  readFields,
  type TaskErrors,
  toTask,
} from "./fields";
import type { QueuedTask } from "./outbox";
import { type RefusedTask, useTools } from "./tools";
import { newId } from "./uuid";

const DRAFT = "new-task";

/**
 * The form for a new task. What is typed is kept as a draft until the task is on its way; a task
 * that the server refuses comes back here with the reason at its field.
 */
export function TaskForm({
  refused,
  onAdded,
}: {
  refused: RefusedTask | undefined;
  onAdded: () => void;
}) {
  const { userId, actions, outbox } = useTools();
  const form = useRef<HTMLFormElement>(null);
  const [errors, setErrors] = useState<TaskErrors>({});
  const [details, setDetails] = useState(false);
  const [restored, setRestored] = useState(false);

  // What was typed before the session ended, or before this script ran.
  useEffect(() => {
    const element = form.current;
    if (!element) return;
    const draft = readDraft(userId, DRAFT);
    if (draft && !readFields(element).title) {
      fillFields(element, draft);
      setDetails(Boolean(draft.description || draft.due_date));
      setRestored(true);
    }
  }, [userId]);

  useEffect(() => {
    const element = form.current;
    if (!element || !refused) return;
    if (!readFields(element).title) fillFields(element, texts(refused.task));
    if (refused.error instanceof ApiError) setErrors(refused.error.fields);
    title(element)?.focus();
  }, [refused]);

  function onInput(): void {
    if (!form.current) return;
    saveDraft(userId, DRAFT, readFields(form.current));
    setErrors({});
  }

  function clear(): void {
    form.current?.reset();
    dropDraft(userId, DRAFT);
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
    const task = { id: newId(), completed: false, ...toTask(fields) };
    clear();
    onAdded();
    actions.add(task).catch((error) => {
      if (!(error instanceof SessionOver)) return;
      outbox.drop(task.id);
      saveDraft(userId, DRAFT, fields);
    });
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

function texts(task: QueuedTask) {
  return { title: task.title, description: task.description ?? "", due_date: task.due_date ?? "" };
}
