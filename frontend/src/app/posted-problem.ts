import { type FormProblem, problemOfCode } from "../session/auth-error-texts";

/** What a form says that was posted without script and sent back as `?error=<code>&wait=<seconds>`. */
export function postedProblem(
  code: string | undefined,
  wait: string | undefined,
): FormProblem | undefined {
  if (!code) return undefined;
  if (code !== "TOO_MANY_REQUESTS") return problemOfCode(code);
  const seconds = Math.min(Number(wait) || 10, 600);
  return { field: "form", text: "Too many attempts.", wait: seconds };
}
