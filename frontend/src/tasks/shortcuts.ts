"use client";

import { useEffect } from "react";
import { readStored, writeStored } from "../outbox/storage";
import { isComposing } from "../ui/composing";
import { dismissToast, latestToastAction } from "../ui/toast";
import { focusRow, pressInRow } from "./focus";
import { NEW_TASK } from "./task";

const SETTING = "gatepass.single-keys";

/** Single-key shortcuts can be switched off (WCAG 2.2, 2.1.4); the setting stays on this device. */
export const singleKeys = {
  on: (): boolean => readStored(SETTING, isBoolean) !== false,
  set: (on: boolean): boolean => writeStored(SETTING, on),
};

const actions: Record<string, () => void> = {
  n: () => document.getElementById(NEW_TASK)?.focus(),
  "/": () => document.querySelector<HTMLElement>("[data-search]")?.focus(),
  j: () => focusRow(1),
  k: () => focusRow(-1),
  e: () => pressInRow("[data-edit]"),
  Delete: () => pressInRow("[data-delete]"),
  u: () => {
    const latest = latestToastAction();
    if (!latest) return;
    dismissToast(latest.id);
    latest.action?.run();
  },
};

/** Listens on the page; never while one types, and never together with a modifier. */
export function useShortcuts(onHelp: () => void): void {
  useEffect(() => {
    /** What the key that is held down has done already. */
    let acted: string | undefined;

    function onKeyDown(event: KeyboardEvent): void {
      // A key that is held down goes from row to row, and does nothing else twice: it neither
      // presses what it has led to nor writes into it.
      if (!event.repeat) acted = undefined;
      else if (presses(event) || (event.key === acted && isTyping(event.target)))
        event.preventDefault();
      if (event.ctrlKey || event.metaKey || event.altKey || isComposing(event)) return;
      // Taken by what has the focus, such as a menu.
      if (event.defaultPrevented) return;
      if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
      if (!singleKeys.on()) return;
      // Caps Lock turns "n" into "N"; keys without a character have longer names.
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const action = key === "?" ? onHelp : actions[key];
      if (!action) return;
      event.preventDefault();
      acted = event.key;
      if (!event.repeat || key === "j" || key === "k") action();
    }
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [onHelp]);
}

function presses({ key, target }: KeyboardEvent): boolean {
  return key === "Enter" && !(target instanceof HTMLTextAreaElement);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== "checkbox";
  return target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}
