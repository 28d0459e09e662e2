/**
 * Before a row goes away: hands its focus on to the first control of the next one or of the one
 * before, or else to the form for a new item, `fallback` by its id. Never into an open editor: who
 * presses the same key again would type there.
 */
export function focusNeighbour(row: HTMLElement | null, fallback: string): void {
  if (!row?.contains(document.activeElement)) return;
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  const control = neighbour?.querySelector<HTMLElement>(":is(input, button):not(form *)");
  (control ?? document.getElementById(fallback))?.focus();
}
