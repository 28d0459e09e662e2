import { useSyncExternalStore } from "react";
import { dateText } from "../ui/date";

const DAY = 24 * 60 * 60 * 1000;

/** Today's date where the person is, `YYYY-MM-DD`; undefined on the server, which cannot know. */
export function useToday(): string | undefined {
  return useSyncExternalStore(everyMinute, localToday, () => undefined);
}

function everyMinute(listener: () => void): () => void {
  const timer = setInterval(listener, 60_000);
  return () => clearInterval(timer);
}

function localToday(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** A whole day in words: "Sunday 22 November". */
export function dayText(date: string): string {
  return dateText(date, { weekday: "long", day: "numeric", month: "long" });
}

/** How a due date reads: "Today", "Yesterday", "3 Nov" or, in another year, "3 Nov 2027". */
export function dueText(date: string, today: string | undefined): string {
  if (today) {
    const days = Math.round((Date.parse(date) - Date.parse(today)) / DAY);
    const near = { "-1": "Yesterday", "0": "Today", "1": "Tomorrow" }[String(days)];
    if (near) return near;
  }
  const year = date.slice(0, 4) === today?.slice(0, 4) ? undefined : "numeric";
  return dateText(date, { day: "numeric", month: "short", year });
}
