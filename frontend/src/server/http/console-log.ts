import { format, stripVTControlCharacters } from "node:util";
import { log } from "./log.ts";

const MAX_MESSAGE = 2000;

/** What Next.js and Node.js print by themselves becomes events of the log, one line each. */
export function logConsole(): void {
  const write = (level: "info" | "warn" | "error") => {
    return (...words: unknown[]) => {
      // What a page threw has a digest; instrumentation.ts logs it with its request.
      if (words.some((word) => word instanceof Error && "digest" in word)) return;
      // A client that left while Next.js read its body; the request's line says so.
      if (words.some((word) => word instanceof Error && word.message === "aborted")) return;
      // Cut first: the pattern behind it takes the square of what begins like a sequence.
      const message = stripVTControlCharacters(format(...words).slice(0, MAX_MESSAGE)).trim();
      if (message) log[level]("console", { message });
    };
  };
  Object.assign(console, {
    log: write("info"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  });
  process.removeAllListeners("warning");
  process.on("warning", (error) => log.warn("node_warning", { error }));
  process.on("uncaughtException", (error) => {
    log.error("crashed", { error });
    process.exit(1);
  });
}
