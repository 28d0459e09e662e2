import type { ReactNode } from "react";
import { buttonClasses } from "../ui/button";
import { PassCard } from "../ui/pass-card";

/** A page that only says something, with a way on. */
export function MessagePage({
  stub,
  title,
  action,
  children,
}: {
  stub: string;
  title: string;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <main
      id="main"
      tabIndex={-1}
      className="mx-auto grid min-h-dvh w-full max-w-[28.5rem] content-center px-4 py-10"
    >
      <PassCard stub={stub} title={title}>
        <p className="leading-relaxed text-muted">{children}</p>
        <div className="mt-7 flex flex-wrap gap-3">
          {action}
          <a href="/" className={buttonClasses(action ? "quiet" : "primary")}>
            Go to the start
          </a>
        </div>
      </PassCard>
    </main>
  );
}
