import { redirect } from "next/navigation";
import { HOME } from "../../server/auth/next-path.ts";
import { getSession } from "../../server/auth/session.ts";
import { buttonClasses } from "../../ui/button";
import { SamplePass } from "./sample-pass";

export default async function LandingPage() {
  if (await getSession()) redirect(HOME);
  return (
    <main
      id="main"
      tabIndex={-1}
      className="mx-auto grid w-full max-w-5xl grow content-center items-center gap-14 px-5 pt-6 pb-20 sm:px-8 lg:grid-cols-[1.25fr_1fr] lg:gap-16"
    >
      <div>
        <h1 className="text-[2.75rem] leading-[1.04] font-semibold tracking-[-0.035em] sm:text-[3.5rem]">
          Your tasks.
          <br />
          Nobody else’s.
        </h1>
        <p className="mt-6 max-w-md text-lg leading-relaxed text-muted">
          Gatepass is a quiet list of what is to be done. You sign in once, carry a pass, and every
          request is checked at the gate.
        </p>
        <div className="mt-9 flex flex-wrap gap-3">
          <a href="/signup" className={buttonClasses("primary", "min-h-12 px-6 sm:min-h-12")}>
            Create account
          </a>
          <a href="/login" className={buttonClasses("quiet", "min-h-12 px-6 sm:min-h-12")}>
            Sign in
          </a>
        </div>
      </div>
      <SamplePass />
    </main>
  );
}
