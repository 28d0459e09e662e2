/** A sixteen-unit line icon; decorative, the control around it carries the name. */
export const drawn = (path: string) => () => (
  <svg
    viewBox="0 0 16 16"
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
    strokeLinejoin="round"
    className="size-4 shrink-0"
  >
    <path d={path} />
  </svg>
);

export const EyeIcon = drawn(
  "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8ZM9.9 8a1.9 1.9 0 1 1-3.8 0 1.9 1.9 0 0 1 3.8 0",
);
export const EyeOffIcon = drawn(
  "M6.4 4c.5-.1 1-.2 1.6-.2 4 0 6.5 4.2 6.5 4.2a11 11 0 0 1-1.7 2.1M4 5.2A11 11 0 0 0 1.5 8S4 12.2 8 12.2c1.5 0 2.8-.6 3.8-1.3M2.3 2.3l11.4 11.4",
);

/** A turning ring; hidden from assistive technology, which hears the changed text instead. */
export const Spinner = () => (
  <svg viewBox="0 0 16 16" aria-hidden="true" className="size-4 shrink-0 animate-spin">
    <circle
      cx="8"
      cy="8"
      r="6"
      fill="none"
      stroke="currentColor"
      strokeOpacity=".3"
      strokeWidth="2"
    />
    <path
      d="M14 8a6 6 0 0 0-6-6"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
    />
  </svg>
);
