import type { ReactNode } from "react";
import { HOME } from "../../server/auth/next-path.ts";
import { PassCard } from "../../ui/pass-card";

/** The frame of the pages to sign in and up, each with a link to the other that keeps `next`. */
export function AuthPage({
  stub,
  title,
  next,
  question,
  other: [path, label],
  children,
}: {
  stub: string;
  title: string;
  next: string;
  question: string;
  other: readonly [path: string, label: string];
  children: ReactNode;
}) {
  return (
    <main
      id="main"
      tabIndex={-1}
      className="mx-auto w-full max-w-[28.5rem] px-4 pt-2 pb-16 sm:pt-8"
    >
      <PassCard stub={stub} title={title}>
        {children}
      </PassCard>
      <p className="mt-7 text-center text-muted">
        {question}{" "}
        <a
          href={next === HOME ? path : `${path}?${new URLSearchParams({ next })}`}
          className="font-medium text-accent underline underline-offset-4"
        >
          {label}
        </a>
      </p>
    </main>
  );
}
