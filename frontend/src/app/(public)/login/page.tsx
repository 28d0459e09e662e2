import type { Metadata } from "next";
import { safeNext } from "../../../server/auth/next-path.ts";
import { getSession } from "../../../server/auth/session.ts";
import { taskPageScripts } from "../../../server/http/page-scripts.ts";
import { problemOfCode } from "../../../session/auth-error-texts";
import { AuthForm } from "../../../session/auth-form";
import { Notice } from "../../../ui/notice";
import { postedProblem } from "../../posted-problem";
import { readSearchParams, type SearchParams } from "../../search-params";
import { AuthPage } from "../auth-page";

export const metadata: Metadata = { title: "Sign in" };

/** A map, because any text may come as `?reason=`, also `constructor`. */
const reasons = new Map([
  ["expired", "Your session has ended. Sign in again to go on where you were."],
  ["signed-out", "You are signed out."],
  ["deactivated", problemOfCode("ACCOUNT_DEACTIVATED").text],
]);

export default async function LoginPage({ searchParams }: { searchParams: SearchParams }) {
  const param = await readSearchParams(searchParams);
  const next = safeNext(param("next"));
  const reason = param("reason");
  const notice = reasons.get(reason ?? "");
  const session = notice ? null : await getSession();
  return (
    <AuthPage
      stub="Admit one"
      title="Sign in"
      next={next}
      question="New here?"
      other={["/signup", "Create account"]}
    >
      {notice && (
        <Notice role="status" tone={reason === "deactivated" ? "warn" : "info"} className="mb-5">
          {notice}
        </Notice>
      )}
      {session && (
        <Notice className="mb-5">
          You are signed in as {session.user.email}.{" "}
          <a href={next} className="font-medium underline underline-offset-4">
            Go on
          </a>{" "}
          or sign in as somebody else.
        </Notice>
      )}
      <AuthForm
        kind="sign-in"
        submit="Sign in"
        next={next}
        problem={postedProblem(param("error"), param("wait"))}
        scripts={taskPageScripts()}
        followOtherTabs={reason === "expired"}
      >
        <label className="flex min-h-11 cursor-pointer items-center gap-3 text-[0.9375rem] sm:min-h-8">
          <input
            type="checkbox"
            name="rememberMe"
            value="true"
            defaultChecked
            className="size-5 accent-accent"
          />
          Keep me signed in
        </label>
      </AuthForm>
    </AuthPage>
  );
}
