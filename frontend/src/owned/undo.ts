import { dismissToast, toast, toastStore } from "../ui/toast";

type Step = {
  /** What was done. */
  text: string;
  /** What is said when it is undone. */
  undone: string;
  /** Whose refusal takes the offer back. */
  key: string | undefined;
  run: () => void;
};

/** What can be undone, the latest last, for as long as the notice of it is on the page. */
let steps: Step[] = [];
let shown: number | undefined;

/** Says what was done and offers to undo it, and after it what was done shortly before. */
export function offerUndo(step: Step): void {
  if (!toastStore.read().some(({ id }) => id === shown)) steps = [];
  steps.push(step);
  show(step.text);
}

/** What was refused cannot be undone. */
export function withdrawUndo(key: string): void {
  const latest = steps.at(-1);
  steps = steps.filter((step) => step.key !== key);
  const next = steps.at(-1);
  if (next === latest || shown === undefined) return;
  dismissToast(shown);
  if (next) show(next.text);
}

function undoLatest(): void {
  const step = steps.pop();
  if (!step) return;
  step.run();
  show(step.undone);
}

function show(text: string): void {
  const action = steps.length > 0 ? { label: "Undo", run: undoLatest } : undefined;
  shown = toast(text, { kind: "undo", ...(action && { action }) });
}
