import { QueryCache, QueryClient } from "@tanstack/react-query";
import { sessionEnded } from "../session/session-control";
import { toast } from "../ui/toast";
import { ApiError, isPassing, NetworkError, SessionOver } from "./errors";

/** What a person is told about a failure. */
export type Problem = {
  title: string;
  text: string;
  /** For support; only with failures of the server. */
  requestId?: string | undefined;
};

/** Plain words for every failure of a request. */
export function describeProblem(error: unknown): Problem {
  if (error instanceof NetworkError)
    return {
      title: "Connection lost",
      text: "The server cannot be reached right now. We keep trying and carry on by ourselves.",
    };
  if (error instanceof SessionOver)
    return { title: "Your session is over", text: "Sign in again to go on where you were." };
  if (!(error instanceof ApiError))
    return {
      title: "Something went wrong",
      text: "This page ran into a fault. Reload it to go on.",
    };
  switch (error.status) {
    case 403:
      return {
        title: "Access denied",
        text: "This is not yours to see or change. You are still signed in.",
      };
    case 404:
      return {
        title: "Not there any more",
        text: "It was deleted, perhaps in another tab or on another device.",
      };
    case 422:
      return { title: "Not accepted", text: Object.values(error.fields)[0] ?? error.message };
    case 429:
      return {
        title: "Too many requests",
        text: error.retryAfter
          ? `Try again in ${error.retryAfter} seconds.`
          : "Wait a moment and try again.",
      };
    case 503:
      return {
        title: "Connection lost",
        text: "The service is away for a moment. We keep trying and carry on by ourselves.",
      };
    default:
      return error.status >= 500
        ? {
            title: "Something went wrong on our side",
            text: "It has been written down. Try again in a moment.",
            requestId: error.requestId,
          }
        : { title: "That did not work", text: error.message, requestId: error.requestId };
  }
}

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
  const { title, text, requestId } = describeProblem(error);
  toast(`${title}. ${text}${requestId ? ` Reference: ${requestId}` : ""}`, {
    tone: "danger",
    kind: `problem-${title}`,
  });
}

/** The same for what was tried once at a person's wish, such as an export: nobody repeats it. */
export function reportFailedAttempt(error: unknown): void {
  if (!isPassing(error)) reportProblem(error);
  else {
    const text = "The server cannot be reached right now. Try again in a moment.";
    toast(text, { tone: "danger", kind: "problem-attempt" });
  }
}

/**
 * A Query cache with that policy. Repeating is the API client's business, also while the browser
 * believes to be offline; a server-rendered list counts as fresh for half a minute.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error, { state }) {
        // A list says itself that it, or one of its later pages, could not be loaded.
        const inPlace = state.data === undefined || state.fetchMeta?.fetchMore !== undefined;
        reportProblem(error, inPlace);
      },
    }),
    defaultOptions: {
      queries: {
        retry: false,
        networkMode: "always",
        staleTime: 30_000,
        refetchOnMount: false,
      },
    },
  });
}
