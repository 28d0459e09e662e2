import { NetworkError } from "../api/errors";
import { AuthError } from "./auth-client";

/** What to say, and at which field (`form` = at none). */
export type FormProblem = {
  field: "name" | "email" | "password" | "form";
  text: string;
  /** Seconds to count down. */
  wait?: number | undefined;
};

/** Plain words for every way in which a sign-in or sign-up can be refused. */
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

/** The same by Better Auth's code alone, for the native form's way back. */
export function problemOfCode(code: string, message?: string): FormProblem {
  switch (code) {
    case "INVALID_EMAIL_OR_PASSWORD":
      return {
        field: "form",
        text: "That email and password do not match. Check both and try again.",
      };
    case "INVALID_EMAIL":
    case "VALIDATION_ERROR": // Better Auth's at sign-up, where only the email can be of a wrong form.
      return { field: "email", text: "Enter an email address like name@example.com." };
    case "USER_ALREADY_EXISTS":
    case "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL":
      return {
        field: "email",
        text: "There is already an account with this email. Sign in instead.",
      };
    case "PASSWORD_TOO_SHORT":
      return { field: "password", text: "Use at least 8 characters." };
    case "PASSWORD_TOO_LONG":
      return { field: "password", text: "Use at most 128 characters." };
    case "PASSWORD_TOO_COMMON":
    case "PASSWORD_COMPROMISED":
      return {
        field: "password",
        text: "Many people use this password, so it is easy to guess. Choose another.",
      };
    case "INVALID_PASSWORD":
      return { field: "password", text: "That is not your current password." };
    case "ACCOUNT_DEACTIVATED":
      return {
        field: "form",
        text: "This account has been deactivated. Ask whoever runs this site to open it again.",
      };
    default:
      return { field: "form", text: message ?? "Something went wrong. Please try again." };
  }
}
