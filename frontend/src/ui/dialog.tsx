"use client";

import { type MouseEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { CloseIcon } from "./action-icons";
import { IconButton } from "./button";

/**
 * A modal dialog on the platform's own `<dialog>`: the browser keeps the focus inside, makes the
 * rest of the page inert, closes on Escape, and gives the focus back to where it was. A press that
 * begins and ends beside it closes it too: by hand, since not every browser has `closedby`. Mount it
 * to open it; `onClose` should unmount it.
 */
export function Dialog({
  title,
  onClose,
  children,
}: {
  title: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const pressedBeside = useRef(false);

  useEffect(() => {
    const dialog = ref.current;
    const opener = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, by onCancel.
    <dialog
      ref={ref}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // Chrome closes it at a second Escape, whatever `cancel` was told.
      onClose={() => ref.current?.showModal()}
      onPointerDown={(event) => {
        pressedBeside.current = isBeside(event);
      }}
      onClick={(event) => {
        if (pressedBeside.current && isBeside(event)) onClose();
      }}
      className="m-auto w-[min(30rem,calc(100vw-2rem))] animate-rise rounded-2xl border border-line bg-card p-0 text-ink shadow-float backdrop:bg-black/45"
    >
      <div className="p-6">
        <div className="flex items-start justify-between gap-4">
          <h2 id={titleId} className="pt-1 text-xl font-semibold tracking-[-0.01em]">
            {title}
          </h2>
          <IconButton label="Close" onClick={onClose} className="-mt-1 -mr-2">
            <CloseIcon />
          </IconButton>
        </div>
        <div className="mt-3">{children}</div>
      </div>
    </dialog>
  );
}

/** Its backdrop is the dialog's own, and so are its border and its scroll bar, which are no way out. */
function isBeside({ target, currentTarget, clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect();
  const isInside = clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
  return target === currentTarget && !isInside;
}
