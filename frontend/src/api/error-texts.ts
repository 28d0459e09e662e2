import { ApiError, NetworkError, SessionOver } from "./errors";

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
