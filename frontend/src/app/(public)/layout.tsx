import type { ReactNode } from "react";
import { Wordmark } from "../../ui/mark";

/** Pages for everybody. Their links are plain ones: no client-side routing is loaded for them. */
export default function PublicLayout({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <header className="mx-auto flex w-full max-w-5xl items-center px-5 py-5 sm:px-8 sm:py-7">
        <a href="/" className="rounded-lg">
          <Wordmark />
        </a>
      </header>
      {children}
    </div>
  );
}
