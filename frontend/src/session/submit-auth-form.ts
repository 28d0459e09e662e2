import { authRequest } from "./auth-client";
import { type FormProblem, lengthProblem, problemOf, problemOfCode } from "./auth-error-texts";
import { browserSession } from "./session-end";

const FOLLOWED = "gatepass.followed";
const FIRST_PAUSE = 10_000;
const FORGOTTEN_AFTER = 3_600_000;

export type AuthFormKind = "sign-in" | "sign-up";

/**
 * Signs in or up with the fields of a form. Resolves to what is wrong, or to nothing when the
 * session has begun. Loaded when a form is first touched: the page is complete without it.
 */
export async function submitAuthForm(
  kind: AuthFormKind,
  fields: FormData,
): Promise<FormProblem | undefined> {
  const found =
    kind === "sign-up" ? (nameProblem(fields) ?? emailProblem(fields)) : emailProblem(fields);
  if (found) return found;
  const email = text(fields, "email").trim();
  const password = text(fields, "password");
  const weak = passwordProblem(kind, password);
  if (weak) return weak;
  try {
    if (kind === "sign-in")
      await begin("/sign-in/email", { email, password, rememberMe: fields.has("rememberMe") });
    else await begin("/sign-up/email", { name: text(fields, "name").trim(), email, password });
  } catch (error) {
    return problemOf(error);
  }
  return undefined;
}

/** Signs in or up, in place of a session that is there, and tells the other tabs. */
async function begin(path: string, body: object): Promise<void> {
  const { channel, pass } = browserSession();
  const { answer } = await pass.replaceSession(() =>
    authRequest<{ user: { id: string } }>(path, body),
  );
  channel.send({ type: "signed-in", userId: answer.user.id });
}

/** Brings the scripts of the next page into the browser's cache while somebody types. */
export async function prepare(scripts: readonly string[]): Promise<void> {
  const answers = scripts.map((script) => fetch(script, { priority: "low" }));
  await Promise.all(answers.map(async (answer) => (await answer).blob()));
}

function nameProblem(fields: FormData): FormProblem | undefined {
  return text(fields, "name").trim() ? undefined : { field: "name", text: "Enter your name." };
}

function emailProblem(fields: FormData): FormProblem | undefined {
  const email = text(fields, "email").trim();
  if (!email) return { field: "email", text: "Enter your email address." };
  const [, domain, ...rest] = email.split("@");
  const plausible = domain?.includes(".", 1) && rest.length === 0 && !/\s/.test(email);
  return plausible ? undefined : problemOfCode("INVALID_EMAIL");
}

function passwordProblem(kind: AuthFormKind, password: string): FormProblem | undefined {
  if (!password) return { field: "password", text: "Enter your password." };
  return kind === "sign-up" ? lengthProblem(password) : undefined;
}

function text(fields: FormData, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : "";
}

/**
 * Whether enough time has passed to follow another tab again: an API that refuses good passes
 * would send the tabs round in circles, so each round waits twice as long as the last.
 */
export function mayFollow(): boolean {
  try {
    const [at = 0, pause = 0] = (sessionStorage.getItem(FOLLOWED) ?? "").split(" ").map(Number);
    // Negative where the clock was fast and has been put right.
    const since = Date.now() - at;
    if (since >= 0 && since < pause) return false;
    const next = since < FORGOTTEN_AFTER ? Math.max(FIRST_PAUSE, 2 * pause) : FIRST_PAUSE;
    sessionStorage.setItem(FOLLOWED, `${Date.now()} ${next}`);
    return true;
  } catch {
    return false; // Without a memory nobody could tell a circle.
  }
}
