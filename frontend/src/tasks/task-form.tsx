"use client";

import { useState } from "react";
import { newForm } from "../outbox/drafts";
import { FormField } from "../owned/form-field";
import { useActions } from "../owned/provider";
import { RestoredNotice } from "../owned/restored-notice";
import { isFocusFree, useDraftForm } from "../owned/use-draft-form";
import { CalendarIcon, PlusIcon } from "../ui/action-icons";
import { Button, IconButton } from "../ui/button";
import { FieldError } from "../ui/field";
import { NEW_TASK, tasks } from "./task";

const details = tasks.inForm.filter((name) => name !== "title");

/** The form for a new task: the title at once, the rest behind a button. */
export function TaskForm({ onAdded }: { onAdded: () => void }) {
  const actions = useActions(tasks);
  const [open, setOpen] = useState(false);
  const [restored, setRestored] = useState(false);
  const { errors, drop, props } = useDraftForm({
    noun: tasks,
    name: newForm(tasks.name),
    isEdit: false,
    onSave(texts) {
      actions.add(tasks.create(crypto.randomUUID(), tasks.fromText(texts)));
      clear();
      onAdded();
    },
    onRestored(texts, refused) {
      setOpen(details.some((name) => texts[name]));
      if (!refused) setRestored(true);
      else if (isFocusFree()) focusTitle();
    },
  });

  function clear(): void {
    props.ref.current?.reset();
    drop();
    setRestored(false);
    setOpen(false);
    focusTitle();
  }

  return (
    <form {...props} aria-label="Add a task">
      <div className="rounded-2xl border border-line bg-card p-2 shadow-card focus-within:border-edge">
        <div className="flex items-center gap-1 sm:gap-2">
          <input
            id={NEW_TASK}
            name="title"
            type="text"
            aria-label="New task"
            placeholder="What is to be done?"
            enterKeyHint="done"
            aria-invalid={errors.title ? true : undefined}
            aria-describedby={errors.title ? "new-task-error" : undefined}
            className="min-h-11 min-w-0 grow rounded-xl bg-transparent px-3 text-base placeholder:text-muted"
          />
          <IconButton
            label={details.map((name) => tasks.control(name)?.label).join(", ")}
            aria-expanded={open}
            aria-controls="new-task-details"
            onClick={() => setOpen(!open)}
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
          hidden={!open}
          className="mt-2 border-t border-line px-3 pt-4 pb-3"
        >
          <div className="grid gap-4">
            {details.map((name) => (
              <FormField
                key={name}
                noun={tasks}
                name={name}
                idPrefix="new-task"
                error={errors[name]}
              />
            ))}
          </div>
        </div>
      </div>
      {restored && <RestoredNotice onDiscard={clear} />}
    </form>
  );
}

function focusTitle(): void {
  document.getElementById(NEW_TASK)?.focus();
}
