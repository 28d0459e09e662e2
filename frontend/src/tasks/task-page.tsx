"use client";

import { useCallback, useState } from "react";
import { ItemList } from "../owned/item-list";
import { Toolbar } from "../owned/toolbar";
import type { FirstPage } from "../owned/use-items";
import { useView } from "../owned/use-view";
import type { View } from "../owned/view";
import { fetched } from "../session/error-policy";
import { KeyboardIcon } from "../ui/action-icons";
import { Blank } from "../ui/blank";
import { IconButton } from "../ui/button";
import { ClearCompleted } from "./clear-completed";
import { dayText, useToday } from "./due";
import { useShortcuts } from "./shortcuts";
import type { ShortcutsDialog } from "./shortcuts-dialog";
import { type Task, tasks } from "./task";
import { TaskForm } from "./task-form";
import { TaskRow } from "./task-row";

/** The whole task page. */
export function TaskPage({ first }: { first: FirstPage<Task> }) {
  const [added, setAdded] = useState(0);
  const [help, setHelp] = useState<{ Dialog: typeof ShortcutsDialog }>();
  const [view, setView] = useView(tasks);
  const today = useToday();
  const showHelp = useCallback(async () => {
    const dialog = await fetched(import("./shortcuts-dialog"));
    if (dialog) setHelp({ Dialog: dialog.ShortcutsDialog });
  }, []);
  useShortcuts(showHelp);

  return (
    <>
      <p className="stub min-h-4">{today && dayText(today)}</p>
      <h1 className="mt-1 text-[2rem] leading-tight font-semibold tracking-[-0.025em] sm:text-[2.5rem]">
        Tasks
      </h1>
      <div className="mt-6">
        <TaskForm onAdded={() => setAdded((count) => count + 1)} />
      </div>
      <div className="mt-6 mb-3">
        <Toolbar noun={tasks} view={view} setView={setView} />
      </div>
      <ItemList noun={tasks} view={view} first={first} empty={<EmptyList view={view} />}>
        {(task, unsent) => (
          <TaskRow
            key={task.id}
            task={task}
            today={today}
            unsent={unsent}
            leavesWhenToggled={view.status !== "all"}
          />
        )}
      </ItemList>
      <div className="mt-6 flex items-center justify-between">
        {view.status === "open" ? <span /> : <ClearCompleted />}
        <IconButton label="Keyboard shortcuts" onClick={showHelp} className="max-sm:hidden">
          <KeyboardIcon />
        </IconButton>
      </div>
      <p role="status" className="sr-only">
        {/* The changing space makes a second addition a change of text, which is announced. */}
        {added > 0 && `Task added${added % 2 ? "" : "\u00a0"}`}
      </p>
      {help && <help.Dialog onClose={() => setHelp(undefined)} />}
    </>
  );
}

function EmptyList({ view: { q, status } }: { view: View }) {
  if (q)
    return (
      <Blank title={`Nothing matches “${q}”`}>
        Search looks at titles and notes. Try fewer letters.
      </Blank>
    );
  if (status === "done")
    return <Blank title="Nothing done yet">Tick a task and it moves here.</Blank>;
  if (status === "open")
    return <Blank title="All clear">There is nothing left to do. Enjoy it.</Blank>;
  return (
    <Blank title="A clean page">
      Write your first task above and press Enter. It is yours alone.
    </Blank>
  );
}
