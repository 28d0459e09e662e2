import type { ReactNode } from "react";

/**
 * A card in the shape of a pass: a stub with the page's heading above the perforation, the content
 * below it. `stub` is the line of small print over the heading.
 */
export function PassCard({
  stub,
  title,
  children,
}: {
  stub: string;
  title: string;
  children: ReactNode;
}) {
  return (
    <div className="pass-lift">
      <div className="pass [--tear:6.5rem]">
        <header className="flex h-[6.5rem] flex-col justify-center px-6 sm:px-9">
          <p className="stub">{stub}</p>
          <h1 className="mt-1 text-[1.75rem] leading-tight font-semibold tracking-[-0.02em]">
            {title}
          </h1>
        </header>
        <div className="perforation mx-4" />
        <div className="px-6 pt-6 pb-8 sm:px-9 sm:pb-9">{children}</div>
      </div>
    </div>
  );
}
