export type Toast = {
  id: number;
  text: string;
  tone: "info" | "danger";
  /** A toast of the same kind replaces the one before it. */
  kind: string | undefined;
  action: { label: string; run: () => void } | undefined;
};

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Shows a notice in the live region; returns its id. At most three are on screen. */
export function toast(
  text: string,
  options: Partial<Pick<Toast, "tone" | "kind" | "action">> = {},
): number {
  const { tone = "info", kind, action } = options;
  const entry = { id: nextId++, text, tone, kind, action };
  const others = kind === undefined ? toasts : toasts.filter((other) => other.kind !== kind);
  set([...others, entry].slice(-3));
  return entry.id;
}

export function dismissToast(id: number): void {
  set(toasts.filter((entry) => entry.id !== id));
}

/** Takes every notice away: the next user must not read what was said to the last one. */
export function clearToasts(): void {
  set([]);
}

/** The newest action on offer ("Undo"), for its keyboard shortcut. */
export function latestToastAction(): Toast | undefined {
  return toasts.findLast((entry) => entry.action);
}

/** The store's two halves for `useSyncExternalStore`. */
export const toastStore = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  read: (): readonly Toast[] => toasts,
};
