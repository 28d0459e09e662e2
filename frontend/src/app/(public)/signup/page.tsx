import type { Metadata } from "next";
import { MIN_PASSWORD } from "../../../account-limits";
import { safeNext } from "../../../server/auth/next-path.ts";
import { taskPageScripts } from "../../../server/http/page-scripts.ts";
import { AuthForm } from "../../../session/auth-form";
import { postedProblem } from "../../posted-problem";
import { readSearchParams, type SearchParams } from "../../search-params";
import { AuthPage } from "../auth-page";

export const metadata: Metadata = { title: "Create account" };

export default async function SignupPage({ searchParams }: { searchParams: SearchParams }) {
  const param = await readSearchParams(searchParams);
  const next = safeNext(param("next"));
  return (
    <AuthPage
      stub="New pass"
      title="Create account"
      next={next}
      question="Already have one?"
      other={["/login", "Sign in"]}
    >
      <AuthForm
        kind="sign-up"
        submit="Create account"
        next={next}
        problem={postedProblem(param("error"), param("wait"))}
        scripts={taskPageScripts()}
        hint={
          <p>At least {MIN_PASSWORD} characters. A few unrelated words are easy to keep in mind.</p>
        }
      />
    </AuthPage>
  );
}
