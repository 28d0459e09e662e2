import { redact } from "./redact.ts";
import { requestScope } from "./request-scope.ts";

type Level = "debug" | "info" | "warn" | "error";
export type Fields = Record<string, unknown>;

const ORDER: Record<Level, number> = { debug: 0, info: 1, warn: 2, error: 3 };

// No request learns that nobody takes the log: a full disk, a lost collector.
if (!process.stderr.listenerCount("error")) process.stderr.on("error", () => {});

/**
 * Writes one event to stderr: a JSON object per line, or plain words on a terminal, with the id
 * of the request it belongs to. Fields pass through `redact`, so that no secret is ever written.
 */
function write(level: Level, event: string, fields: Fields = {}): void {
  const least = process.env.LOG_LEVEL === "debug" ? "debug" : "info";
  if (ORDER[level] < ORDER[least]) return;
  const { requestId } = requestScope.getStore() ?? {};
  const safe = redact({ ...(requestId && { requestId }), ...fields }) as Fields;
  const time = new Date().toISOString();
  const line = process.stderr.isTTY
    ? printable(`${time.slice(11, 23)} ${level.padEnd(5)} ${event} ${words(safe)}`)
    : JSON.stringify({ time, level, event, ...safe });
  process.stderr.write(`${line.trimEnd()}\n`);
}

function words(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

/** Strangers' text begins no line and steers no terminal. */
const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

export const log = {
  debug: (event: string, fields?: Fields) => write("debug", event, fields),
  info: (event: string, fields?: Fields) => write("info", event, fields),
  warn: (event: string, fields?: Fields) => write("warn", event, fields),
  error: (event: string, fields?: Fields) => write("error", event, fields),
};
