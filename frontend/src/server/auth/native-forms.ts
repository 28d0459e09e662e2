import type { Auth } from "./auth.ts";
import { handleAuth } from "./handler.ts";
import { safeNext } from "./next-path.ts";

/**
 * Forms that work before hydration and without scripts. A browser posts them form-encoded; they
 * go through Better Auth's own handler, so that its origin check and rate limit hold, and are
 * answered with a redirect instead of JSON. No value but a code ever reaches a URL.
 */
const FORMS = {
  "sign-in": {
    endpoint: "/sign-in/email",
    page: "/login",
    body: (form: FormData) => ({
      email: text(form, "email"),
      password: text(form, "password"),
      rememberMe: form.has("rememberMe"),
    }),
    done: (form: FormData) => safeNext(form.get("next")),
  },
  "sign-up": {
    endpoint: "/sign-up/email",
    page: "/signup",
    body: (form: FormData) => ({
      name: text(form, "name"),
      email: text(form, "email"),
      password: text(form, "password"),
    }),
    done: (form: FormData) => safeNext(form.get("next")),
  },
  "sign-out": {
    endpoint: "/sign-out",
    page: "/login",
    body: () => ({}),
    done: () => "/login?reason=signed-out",
  },
} as const;

export type NativeForm = keyof typeof FORMS;

export function isNativeForm(name: string): name is NativeForm {
  return Object.hasOwn(FORMS, name);
}

/**
 * Answers 303 to where the person wanted to go, or back to the form's page with `?error=<code>`
 * (Better Auth's codes, and `TOO_MANY_REQUESTS` with `&wait=<seconds>`). A post from another
 * site gets 403 and no redirect.
 */
export async function submitForm(
  name: NativeForm,
  request: Request,
  auth: Auth,
): Promise<Response> {
  const { endpoint, page, body, done } = FORMS[name];
  const type = request.headers.get("content-type") ?? "";
  if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) {
    return plain("This address takes forms only.", 415);
  }
  const form = await request.formData().catch(() => undefined);
  if (!form) return plain("The form could not be read.", 400);

  const headers = new Headers(request.headers);
  headers.delete("content-length");
  headers.set("content-type", "application/json");
  const url = new URL(`/api/auth${endpoint}`, auth.options.baseURL);
  const answer = await handleAuth(
    new Request(url, { method: "POST", headers, body: JSON.stringify(body(form)) }),
    auth,
  );
  if (answer.ok) {
    const there = seeOther(done(form), answer.headers.getSetCookie());
    const cleared = answer.headers.get("clear-site-data");
    if (cleared) there.headers.set("Clear-Site-Data", cleared);
    return there;
  }

  const code = answer.status === 429 ? "TOO_MANY_REQUESTS" : await errorCode(answer);
  if (answer.status === 403 && /ORIGIN|CROSS_SITE/.test(code)) {
    return plain("This form was sent from another site.", 403);
  }
  const query = new URLSearchParams({ error: code });
  const wait = answer.headers.get("x-retry-after");
  if (wait) query.set("wait", wait);
  const next = form.get("next");
  if (typeof next === "string" && next !== "") query.set("next", safeNext(next));
  return seeOther(`${page}?${query}`, []);
}

function text(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === "string" ? value : "";
}

async function errorCode(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  const code = body && typeof body === "object" && "code" in body ? body.code : undefined;
  return typeof code === "string" && /^[A-Z_]{1,60}$/.test(code) ? code : "UNKNOWN";
}

function seeOther(location: string, cookies: string[]): Response {
  const headers = new Headers({ Location: location, "Cache-Control": "no-store" });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return new Response(null, { status: 303, headers });
}

function plain(message: string, status: number): Response {
  return new Response(message, { status, headers: { "Cache-Control": "no-store" } });
}
