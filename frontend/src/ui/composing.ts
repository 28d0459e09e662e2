/**
 * Whether a key goes to an input method, which shows candidates for what is typed: Escape dismisses
 * those. Safari says it by the code 229 alone where the composition has just ended.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
