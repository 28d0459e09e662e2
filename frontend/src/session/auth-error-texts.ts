import { MAX_PASSWORD, MIN_PASSWORD } from "../account-limits";
import { NetworkError } from "../api/errors";
import { AuthError } from "./auth-client";

export type FormProblem = {
  /** The name of the field at which to say it; `form`: at none. */
  field: string;
  text: string;
  /** Better Auth's name of the refusal, where it was one. */
  code?: string | undefined;
  /** Seconds to count down. */
  wait?: number | undefined;
};

const email = "Enter an email address like name@example.com.";
const taken = "There is already an account with this email. Sign in instead.";
const common = "Many people use this password, so it is easy to guess. Choose another.";

/** Plain words for Better Auth's codes, and for those of our own plugins. */
const problems: Record<string, FormProblem> = {
  INVALID_EMAIL_OR_PASSWORD: {
    field: "form",
    text: "That email and password do not match. Check both and try again.",
  },
  INVALID_EMAIL: { field: "email", text: email },
  // Better Auth's at sign-up, where only the email can be of a wrong form.
  VALIDATION_ERROR: { field: "email", text: email },
  USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL: { field: "email", text: taken },
  PASSWORD_TOO_SHORT: { field: "password", text: `Use at least ${MIN_PASSWORD} characters.` },
  PASSWORD_TOO_LONG: { field: "password", text: `Use at most ${MAX_PASSWORD} characters.` },
  PASSWORD_TOO_COMMON: { field: "password", text: common },
  INVALID_PASSWORD: { field: "password", text: "That is not your current password." },
  ACCOUNT_DEACTIVATED: {
    field: "form",
    text: "This account has been deactivated. Ask whoever runs this site to open it again.",
  },
};

/** Plain words for every way in which a request to Better Auth can fail. */
export function problemOf(error: unknown): FormProblem {
  if (error instanceof NetworkError)
    return {
      field: "form",
      text: "The server cannot be reached. Check your connection and try again.",
    };
  if (!(error instanceof AuthError))
    return { field: "form", text: "Something went wrong. Please try again." };
  if (error.wait !== undefined)
    return { field: "form", text: "Too many attempts.", wait: error.wait };
  return problemOfCode(error.code, error.message);
}

/** The same by the code alone, which may be any text: the native form's way back. */
export function problemOfCode(code: string, message?: string): FormProblem {
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined;
  const unknown = message ?? "Something went wrong. Please try again.";
  return { ...(known ?? { field: "form", text: unknown }), code };
}

/** What is wrong with a new password, as far as its length tells. */
export function lengthProblem({ length }: string): FormProblem | undefined {
  if (length < MIN_PASSWORD) return problemOfCode("PASSWORD_TOO_SHORT");
  return length > MAX_PASSWORD ? problemOfCode("PASSWORD_TOO_LONG") : undefined;
}
