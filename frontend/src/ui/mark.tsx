/** The mark, a pass with its two notches and the tick that says it was checked, and the name. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2.5 text-[1.0625rem] font-semibold tracking-[-0.01em]">
      <svg viewBox="0 0 28 28" aria-hidden="true" className="size-7">
        <path
          className="fill-accent"
          d="M7 3h14a3 3 0 0 1 3 3v4.5a2.5 2.5 0 0 0 0 5V22a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-6.5a2.5 2.5 0 0 0 0-5V6a3 3 0 0 1 3-3Z"
        />
        <path
          className="stroke-on-accent"
          d="m9.5 13.3 3.2 3.2 5.8-6.5"
          fill="none"
          strokeWidth="2.4"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      Gatepass
    </span>
  );
}
