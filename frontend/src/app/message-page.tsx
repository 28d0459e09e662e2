import type { ReactNode } from "react";
import { buttonClasses } from "../ui/button";
import { PassCard } from "../ui/pass-card";

/** A page that only says something, with a way on. */
export function MessagePage({
  stub,
  title,
  children,
}: {
  stub: string;
  title: string;
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
        <a href="/" className={buttonClasses("primary", "mt-7")}>
          Go to the start
        </a>
      </PassCard>
    </main>
  );
}
