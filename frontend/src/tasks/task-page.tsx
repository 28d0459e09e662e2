"use client";

import { lazy, Suspense, useCallback, useState } from "react";
import { KeyboardIcon } from "../ui/action-icons";
import { IconButton } from "../ui/button";
import { ClearCompleted } from "./clear-completed";
import { dayText, useToday } from "./due";
import { useShortcuts } from "./shortcuts";
import { TaskForm } from "./task-form";
import { TaskList } from "./task-list";
import { Toolbar } from "./toolbar";
import { useView } from "./use-view";

const ShortcutsDialog = lazy(async () => ({
  default: (await import("./shortcuts-dialog")).ShortcutsDialog,
}));

/** The whole task page. `away`: the API did not answer while the server made the page. */
export function TaskPage({ away }: { away: boolean }) {
  const [added, setAdded] = useState(0);
  const [help, setHelp] = useState(false);
  const [view, setView] = useView();
  const today = useToday();
  useShortcuts(useCallback(() => setHelp(true), []));

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
        <Toolbar view={view} setView={setView} />
      </div>
      <TaskList view={view} away={away} />
      <div className="mt-6 flex items-center justify-between">
        {view.status === "open" ? <span /> : <ClearCompleted />}
        <IconButton
          label="Keyboard shortcuts"
          onClick={() => setHelp(true)}
          className="max-sm:hidden"
        >
          <KeyboardIcon />
        </IconButton>
      </div>
      <p role="status" className="sr-only">
        {/* The changing space makes a second addition a change of text, which is announced. */}
        {added > 0 && `Task added${added % 2 ? "" : "\u00a0"}`}
      </p>
      <Suspense>{help && <ShortcutsDialog onClose={() => setHelp(false)} />}</Suspense>
    </>
  );
}
