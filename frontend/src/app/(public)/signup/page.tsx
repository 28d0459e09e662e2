import type { Metadata } from "next";
import { MAX_PASSWORD, MIN_PASSWORD } from "../../../password";
import { HOME, safeNext } from "../../../server/auth/next-path.ts";
import { taskPageScripts } from "../../../server/http/page-scripts.ts";
import { AuthForm } from "../../../session/auth-form";
import { PassCard } from "../../../ui/pass-card";
import { postedProblem } from "../../posted-problem";
import { readSearchParams, type SearchParams } from "../../search-params";

export const metadata: Metadata = { title: "Create account" };

export default async function SignupPage({ searchParams }: { searchParams: SearchParams }) {
  const param = await readSearchParams(searchParams);
  const next = safeNext(param("next"));
  const login = next === HOME ? "/login" : `/login?${new URLSearchParams({ next })}`;
  return (
    <main
      id="main"
      tabIndex={-1}
      className="mx-auto w-full max-w-[28.5rem] px-4 pt-2 pb-16 sm:pt-8"
    >
      <PassCard stub="New pass" title="Create account">
        <AuthForm
          kind="sign-up"
          submit="Create account"
          next={next}
          problem={postedProblem(param("error"), param("wait"))}
          scripts={taskPageScripts()}
          limits={{ minLength: MIN_PASSWORD, maxLength: MAX_PASSWORD }}
          hint={
            <p>
              At least {MIN_PASSWORD} characters. A few unrelated words are easy to keep in mind.
            </p>
          }
        />
      </PassCard>
      <p className="mt-7 text-center text-muted">
        Already have one?{" "}
        <a href={login} className="font-medium text-accent underline underline-offset-4">
          Sign in
        </a>
      </p>
    </main>
  );
}
