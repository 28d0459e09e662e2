import { describeProblem, problemLine } from "../api/error-texts";
import { ApiError, isPassing, SessionOver } from "../api/errors";
import { toast } from "../ui/toast";
import { sessionEnded } from "./session-end";

/**
 * The only place that decides what a failure does: the end of a session leads to the sign-in page;
 * everything else, 403 included, is a notice and signs nobody out. `shownInPlace` is for what the
 * page already says where it happened (a list that could not load, a field's 422).
 */
export function reportProblem(error: unknown, shownInPlace = false): void {
  if (error instanceof SessionOver) {
    sessionEnded(error.reason);
    return;
  }
  const denied = error instanceof ApiError && error.status === 403;
  if (shownInPlace && !denied) return;
  const kind = `problem-${describeProblem(error).title}`;
  toast(problemLine(error), { tone: "danger", kind });
}

/** The same for what was tried once at a person's wish, such as an export: nobody repeats it. */
export function reportFailedAttempt(error: unknown): void {
  if (!isPassing(error)) reportProblem(error);
  else {
    const text = "The server cannot be reached right now. Try again in a moment.";
    toast(text, { tone: "danger", kind: "problem-attempt" });
  }
}

/** What is fetched on first use; undefined, and a notice, when it cannot be. */
export async function fetched<T>(part: Promise<T>): Promise<T | undefined> {
  return part.catch(() => {
    const text = "This could not be loaded. Try again in a moment, or reload the page.";
    toast(text, { tone: "danger", kind: "problem-attempt" });
    return undefined;
  });
}
