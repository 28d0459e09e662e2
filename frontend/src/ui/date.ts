/** A date, `YYYY-MM-DD`, in words; `parts` says which and how, as Intl.DateTimeFormat takes them. */
export function dateText(date: string, parts: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" }).format(Date.parse(date));
}
