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
