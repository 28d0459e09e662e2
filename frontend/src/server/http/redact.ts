const SECRET_NAME = /authorization|cookie|password|passwd|secret|token|jwt|api[-_]?key|csrf/i;
const SECRET_PARAMETER = /password|token|secret|code|jwt/i;

/**
 * A compact JWS or the beginning of one, a bearer credential, the password of a database URL.
 * Each takes time in proportion to the text: wherever a match can begin, it either succeeds or
 * ends before the next place where one can begin.
 */
const SECRET_TEXT: [RegExp, string][] = [
  [/\beyJ[\w-]{8}[\w-]*(?:\.[\w-]*)*/g, "[redacted]"],
  [/\b(Bearer|Basic)\s+[\w\-.~+/=]+/gi, "$1 [redacted]"],
  [/(:\/\/[^:@/\s]*:)[^@/\s]+@/g, "$1[redacted]@"],
];

/** `name=` where a parameter of a URL or of a connection string begins. */
const PARAMETER = /(?<=^|[?&;\s])[^?&;=\s]*=/g;

const MAX_TEXT = 2000;
const MAX_DEPTH = 5;

/**
 * A copy of `value` that may be logged: what has a telling name loses its value, tokens inside
 * texts are blotted out, errors become name, message, code and stack.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function" || value === null || typeof value !== "object") {
    return typeof value === "function" ? "[function]" : value;
  }
  if (depth >= MAX_DEPTH) return "[…]";
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      SECRET_NAME.test(key) && item !== undefined ? "[redacted]" : redact(item, depth + 1),
    ]),
  );
}

/** Cut first, far enough behind the end of what is shown that no secret is cut in two there. */
function redactText(text: string): string {
  const seen = text.slice(0, 2 * MAX_TEXT);
  const safe = SECRET_TEXT.reduce(
    (rest, [pattern, mask]) => rest.replace(pattern, mask),
    redactParameters(seen),
  );
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}…` : safe;
}

function redactParameters(text: string): string {
  let safe = "";
  let done = 0;
  for (const { 0: name, index } of text.matchAll(PARAMETER)) {
    if (index < done || !SECRET_PARAMETER.test(name)) continue;
    const begin = index + name.length;
    const length = text.slice(begin).search(/[&\s#]/);
    safe += `${text.slice(done, begin)}[redacted]`;
    done = length === -1 ? text.length : begin + length;
  }
  return safe + text.slice(done);
}

function redactError(error: Error, depth: number): unknown {
  const code = "code" in error ? error.code : undefined;
  return {
    name: error.name,
    message: redactText(error.message),
    ...(typeof code === "string" && { code }),
    stack: redactText(error.stack?.split("\n").slice(1, 8).join("\n") ?? ""),
    ...(error.cause !== undefined && { cause: redact(error.cause, depth + 1) }),
  };
}
