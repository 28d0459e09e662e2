import type { ReactNode } from "react";

/** What stands in the place of a list where there is none to show. */
export function Blank({
  title,
  role,
  children,
}: {
  title: string;
  role?: "alert" | "status";
  children: ReactNode;
}) {
  return (
    <div role={role} className="mx-auto max-w-sm px-4 py-16 text-center">
      <h2 className="text-lg font-semibold tracking-[-0.01em]">{title}</h2>
      <div className="mt-2 text-muted">{children}</div>
    </div>
  );
}
