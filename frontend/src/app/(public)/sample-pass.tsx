const lines = [
  { text: "Water the plants", done: true },
  { text: "Book the train to Turin", done: false },
  { text: "Call Ada back", done: false },
];

/** A picture of the product for the landing page; it says nothing that the text does not. */
export function SamplePass() {
  return (
    <div
      aria-hidden="true"
      className="pass-lift mx-auto w-full max-w-sm rotate-[1.5deg] select-none"
    >
      <div className="pass [--notch:12px] [--tear:7.25rem]">
        <div className="flex h-[7.25rem] items-center justify-between px-8">
          <div>
            <p className="stub">Pass</p>
            <p className="mt-1 text-2xl font-semibold tracking-[-0.02em]">Today</p>
          </div>
          <div className="text-right">
            <p className="stub">Holder</p>
            <p className="mt-1 text-2xl font-semibold tracking-[-0.02em]">You</p>
          </div>
        </div>
        <div className="perforation mx-5" />
        <ul className="grid gap-4 px-8 pt-7 pb-8">
          {lines.map(({ text, done }) => (
            <li key={text} className="flex items-center gap-3.5">
              <span
                className={`grid size-5.5 place-items-center rounded-[7px] border-[1.5px] ${done ? "border-accent bg-accent" : "border-edge"}`}
              >
                {done && (
                  <svg viewBox="0 0 12 12" aria-hidden="true" className="size-3.5 stroke-on-accent">
                    <path
                      d="m2.5 6.3 2.4 2.4L9.6 3.5"
                      fill="none"
                      strokeWidth="1.8"
                      strokeLinecap="round"
                      strokeLinejoin="round"
                    />
                  </svg>
                )}
              </span>
              <span className={done ? "text-muted line-through decoration-line decoration-2" : ""}>
                {text}
              </span>
            </li>
          ))}
        </ul>
        <div className="mx-8 flex h-14 items-start gap-[3px] pb-6 opacity-80">
          {[3, 1, 2, 1, 1, 4, 1, 2, 3, 1, 1, 2, 4, 1, 1, 3, 2, 1, 1, 2, 1, 4, 1, 3, 1, 2, 1, 1].map(
            (width, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed drawing
              <span key={index} className={`h-full bg-ink ${barWidths[width]}`} />
            ),
          )}
        </div>
      </div>
    </div>
  );
}

const barWidths: Record<number, string> = {
  1: "w-[2px]",
  2: "w-[4px]",
  3: "w-[6px]",
  4: "w-[9px]",
};
