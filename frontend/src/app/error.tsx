"use client";

/**
 * A page failed to render; the digest finds it in the server's log. Self-contained, because every
 * page loads it beforehand.
 */
export default function ErrorPage({ error }: { error: Error & { digest?: string } }) {
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-md px-6 py-[18vh]">
      <p className="stub">Error 500</p>
      <h1 className="mt-1 text-[1.75rem] font-semibold">That went wrong</h1>
      <p className="mt-3 text-muted">
        The fault is on our side and has been written down. Nothing of yours is lost.
      </p>
      {error.digest && <p className="mt-3 font-mono text-sm">Reference: {error.digest}</p>}
      <p className="mt-6 flex flex-wrap items-center gap-x-5 gap-y-3">
        <button
          type="button"
          onClick={() => location.reload()}
          className="cursor-pointer rounded-xl bg-accent px-4 py-2.5 font-medium text-on-accent"
        >
          Try again
        </button>
        <a href="/" className="font-medium text-accent underline underline-offset-4">
          Go to the start
        </a>
      </p>
    </main>
  );
}
