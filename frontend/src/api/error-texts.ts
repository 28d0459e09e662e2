import { ApiError, isGone, isPassing, SessionOver } from "./errors";

/** What a person is told about a failure. */
export type Problem = {
  title: string;
  text: string;
  /** For support; only with failures of the server. */
  requestId?: string | undefined;
};

const BY_STATUS: Readonly<Record<number, readonly [title: string, text: string]>> = {
  403: ["Access denied", "This is not yours to see or change. You are still signed in."],
  404: ["Not there any more", "It was deleted, perhaps in another tab or on another device."],
};

/** Plain words for every failure of a request. */
export function describeProblem(error: unknown): Problem {
  if (isPassing(error))
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
  const { status, fields, message, retryAfter, requestId } = error;
  const [title, text] = (status !== 404 || isGone(error) ? BY_STATUS[status] : undefined) ?? [];
  if (title && text) return { title, text };
  if (status === 422) return { title: "Not accepted", text: Object.values(fields)[0] ?? message };
  if (status === 429) {
    const wait = retryAfter
      ? `Try again in ${retryAfter} seconds.`
      : "Wait a moment and try again.";
    return { title: "Too many requests", text: wait };
  }
  if (status < 500) return { title: "That did not work", text: message, requestId };
  return {
    title: "Something went wrong on our side",
    text: "It has been written down. Try again in a moment.",
    requestId,
  };
}

/** The same in one line. */
export function problemLine(error: unknown): string {
  const { title, text, requestId } = describeProblem(error);
  return `${title}. ${text}${requestId ? ` Reference: ${requestId}` : ""}`;
}
