/** Before a row goes away: hands its focus on to the next one, the one before, or the form. */
export function focusNeighbour(row: HTMLElement | null): void {
  if (!row?.contains(document.activeElement)) return;
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  const target =
    neighbour?.querySelector<HTMLElement>("[type=checkbox]") ?? document.getElementById("new-task");
  target?.focus();
}

/** Moves from row to row, from the one that has the focus. */
export function focusRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-task]")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step;
  rows[next]?.querySelector<HTMLElement>("[type=checkbox]")?.focus();
}

/** Presses a button of the row that has the focus. */
export function pressInRow(selector: "[data-edit]" | "[data-delete]"): void {
  const row = document.activeElement?.closest("[data-task]");
  row?.querySelector<HTMLElement>(selector)?.click();
}
