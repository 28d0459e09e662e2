import type { Metadata } from "next";
import { buttonClasses } from "../ui/button";
import { PassCard } from "../ui/pass-card";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main
      id="main"
      tabIndex={-1}
      className="mx-auto grid min-h-dvh w-full max-w-[28.5rem] content-center px-4 py-10"
    >
      <PassCard stub="Error 404" title="No such page">
        <p className="leading-relaxed text-muted">
          The address may be mistyped, or what was here is gone.
        </p>
        <a href="/" className={buttonClasses("primary", "mt-7")}>
          Go to the start
        </a>
      </PassCard>
    </main>
  );
}
