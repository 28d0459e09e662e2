/** Under a new form that has its text back: says so, and offers to be rid of it. */
export function RestoredNotice({ onDiscard }: { onDiscard: () => void }) {
  return (
    <p role="status" className="mt-2 flex items-center gap-3 px-1 text-sm text-muted">
      Here is what you had typed before.
      <button
        type="button"
        onClick={onDiscard}
        className="cursor-pointer py-2 font-medium text-accent underline underline-offset-4"
      >
        Discard it
      </button>
    </p>
  );
}
