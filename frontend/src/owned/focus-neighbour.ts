/**
 * Before a row goes away: hands its focus on to the first control of the next one or of the one
 * before, or else to the form for a new item, `fallback` by its id. Never into an open editor: who
 * presses the same key again would type there.
 */
export function focusNeighbour(row: HTMLElement | null, fallback: string): void {
  if (!row?.contains(document.activeElement)) return;
  const control = [row.nextElementSibling, row.previousElementSibling]
    .map((each) => each?.querySelector<HTMLElement>(":is(input, button):not(form *)"))
    .find(Boolean);
  (control ?? document.getElementById(fallback))?.focus();
}
