import type { ReactNode } from "react";

/** One part of a page: its heading to the left where there is room, else above. */
export function Section({
  title,
  text,
  children,
}: {
  title: string;
  text: string;
  children: ReactNode;
}) {
  return (
    <section className="grid gap-x-10 gap-y-5 border-t border-line py-8 sm:grid-cols-[13rem_1fr] sm:py-10">
      <div>
        <h2 className="text-lg font-semibold tracking-[-0.01em]">{title}</h2>
        <p className="mt-1.5 text-sm leading-relaxed text-muted">{text}</p>
      </div>
      <div className="min-w-0">{children}</div>
    </section>
  );
}
