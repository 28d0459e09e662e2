"use client";

import type { ReactNode } from "react";
import { Button } from "./button";
import { Dialog } from "./dialog";

/** Asks before what loses something. */
export function ConfirmDialog({
  title,
  keep,
  lose,
  onKeep,
  onLose,
  children,
}: {
  title: string;
  /** What the two buttons say. */
  keep: string;
  lose: string;
  onKeep: () => void;
  onLose: () => void;
  children: ReactNode;
}) {
  return (
    <Dialog title={title} onClose={onKeep}>
      <p className="text-muted">{children}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-2">
        <Button variant="quiet" onClick={onKeep}>
          {keep}
        </Button>
        <Button variant="danger" onClick={onLose}>
          {lose}
        </Button>
      </div>
    </Dialog>
  );
}
