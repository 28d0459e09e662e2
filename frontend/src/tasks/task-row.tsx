"use client";

import { Fragment, memo, type ReactNode, useCallback, useRef } from "react";
import type { Fields } from "../owned/fields";
import { focusNeighbour } from "../owned/focus-neighbour";
import { ItemEditor, useEditing } from "../owned/item-editor";
import type { Unsent } from "../owned/item-list";
import { useActions } from "../owned/provider";
import { UnsentMark } from "../owned/unsent-mark";
import { CalendarIcon, NoteIcon, PencilIcon, TrashIcon } from "../ui/action-icons";
import { IconButton } from "../ui/button";
import { classes } from "../ui/classes";
import { dueText } from "./due";
import { NEW_TASK, type Task, tasks } from "./task";

/** One task: its checkbox, what is known of it, and its editor in place. */
export const TaskRow = memo(function TaskRow({
  task,
  today,
  unsent,
  leavesWhenToggled,
}: {
  task: Task;
  today: string | undefined;
  unsent: Unsent;
  /** The view shows only open or only done tasks: a toggled one disappears from it. */
  leavesWhenToggled: boolean;
}) {
  const actions = useActions(tasks);
  const row = useRef<HTMLLIElement>(null);
  const [editing, setEditing] = useEditing(task.id);

  const close = useCallback(() => {
    setEditing(false);
    requestAnimationFrame(() => row.current?.querySelector<HTMLElement>("[data-edit]")?.focus());
  }, [setEditing]);

  function toggle(): void {
    if (leavesWhenToggled) focusNeighbour(row.current, NEW_TASK);
    const completed = !task.completed;
    actions.change(task, { completed }, completed ? "Task completed" : "Task reopened");
  }

  function remove(): void {
    focusNeighbour(row.current, NEW_TASK);
    actions.remove(task);
  }

  if (editing)
    return (
      <li ref={row} className="py-1.5">
        <ItemEditor noun={tasks} item={task} onClose={close} />
      </li>
    );

  return (
    <li
      ref={row}
      data-task
      className="lazy-row group flex items-start gap-1 border-b border-line py-1.5 last:border-b-0"
    >
      <label className="flex min-w-0 grow cursor-pointer items-start gap-3.5 py-2 pl-1">
        <input
          type="checkbox"
          checked={task.completed}
          onChange={toggle}
          aria-label={task.title}
          className="check mt-px"
        />
        <span className="min-w-0 grow">
          <span
            className={classes(
              "block [overflow-wrap:anywhere] transition-colors",
              task.completed && "text-muted line-through decoration-line decoration-2",
            )}
          >
            {task.title}
          </span>
          <TaskFacts task={task} today={today} unsent={unsent} />
        </span>
      </label>
      <span className="flex sm:opacity-0 sm:transition-opacity sm:group-focus-within:opacity-100 sm:group-hover:opacity-100 sm:[@media(hover:none)]:opacity-100">
        <IconButton label={`Edit ${task.title}`} data-edit onClick={() => setEditing(true)}>
          <PencilIcon />
        </IconButton>
        <IconButton label={`Delete ${task.title}`} data-delete onClick={remove}>
          <TrashIcon />
        </IconButton>
      </span>
    </li>
  );
});

type Shown = (task: Task, today: string | undefined) => ReactNode;

/** How each field is shown under the title; null where there is nothing to show. */
const facts: Record<Exclude<keyof Fields<Task>, "title" | "completed">, Shown> = {
  due_date({ due_date, completed }, today) {
    if (!due_date) return null;
    const overdue = !completed && today && due_date < today;
    return (
      <span
        className={classes(
          "inline-flex items-center gap-1.5",
          overdue && "font-medium text-danger",
        )}
      >
        <CalendarIcon />
        <time dateTime={due_date}>{dueText(due_date, today)}</time>
        {overdue && <span>· Overdue</span>}
      </span>
    );
  },
  description: ({ description }) =>
    description && (
      <span className="inline-flex min-w-0 max-w-full items-center gap-1.5">
        <NoteIcon />
        <span className="truncate">{description}</span>
      </span>
    ),
};

/** The small print under a title: its facts, and whether the server has it yet. */
function TaskFacts({
  task,
  today,
  unsent,
}: {
  task: Task;
  today: string | undefined;
  unsent: Unsent;
}) {
  const shown = Object.entries(facts).map(([name, show]) => [name, show(task, today)] as const);
  if (!unsent && shown.every(([, fact]) => !fact)) return null;
  return (
    <span className="mt-0.5 flex flex-wrap items-center gap-x-4 gap-y-0.5 text-sm text-muted">
      {shown.map(([name, fact]) => (
        <Fragment key={name}>{fact}</Fragment>
      ))}
      <UnsentMark unsent={unsent} />
    </span>
  );
}
