/** How long a tab waits for the others, in milliseconds. */
const PATIENCE = 10_000;
/** How long the pass of the tab that renewed may be on its way. */
const HAND_OVER = 250;

export type Turns = ReturnType<typeof createTurns>;

/**
 * Lets one tab ask at a time. A Web Lock says whose turn it is; one that is not given within ten
 * seconds is done without, never stolen. Where there are no locks (pages without https), tabs say
 * when they ask: those that begin at the very same moment may then ask each for itself.
 */
export function createTurns(options: {
  name: string;
  locks: Pick<LockManager, "request"> | null | undefined;
  /** Tells the other tabs that this one begins to ask, or has asked. */
  tell: (type: "asking" | "asked") => void;
}) {
  const { name, locks, tell } = options;
  const waiting: (() => void)[] = [];
  /** Until when somebody asks, by a clock that nobody sets. */
  let turnEnds = 0;

  /** The next news, or the end of the patience for it. */
  function news(patience: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, patience);
      waiting.push(resolve);
    });
  }

  function wake(): void {
    for (const resume of waiting.splice(0)) resume();
  }

  /** Somebody begins to ask, or has asked. */
  function heard(type: "asking" | "asked"): void {
    turnEnds = type === "asking" ? performance.now() + PATIENCE : 0;
    if (type === "asked") wake();
  }

  function say(type: "asking" | "asked"): void {
    heard(type);
    tell(type);
  }

  return {
    /** There is a pass, or another tab said something. */
    wake,
    heard,
    /** What `ask` brings, or what `have` finds because another tab asked before. */
    async take<T>(have: () => T | undefined, ask: () => Promise<T>): Promise<T> {
      if (!locks) {
        const patience = () => turnEnds - performance.now();
        while (!have() && patience() > 0) await news(patience());
        const found = have();
        if (found) return found;
        say("asking");
        return ask().finally(() => say("asked"));
      }
      let mine = false;
      const askInTurn = () => {
        mine = true;
        return ask();
      };
      try {
        const alone = await locks.request(name, { ifAvailable: true }, (lock) =>
          lock ? askInTurn() : undefined,
        );
        if (alone) return alone;
        return await locks.request(name, { signal: AbortSignal.timeout(PATIENCE) }, async () => {
          if (!have()) await news(HAND_OVER);
          return have() ?? askInTurn();
        });
      } catch (error) {
        // Without a lock: another tab hangs with it, or this kind of document gets none.
        if (mine) throw error;
        return have() ?? ask();
      }
    },
  };
}
