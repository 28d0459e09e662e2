const SECRET_NAME = /authorization|cookie|password|passwd|secret|token|jwt|api[-_]?key|csrf/i;

/** A compact JWS (three base64url parts), a bearer credential, the password of a database URL. */
const SECRET_TEXT: [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, "[redacted]"],
  [/\bBearer\s+[\w\-.~+/]+=*/gi, "Bearer [redacted]"],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^:@/\s]*:)[^@/\s]+@/gi, "$1[redacted]@"],
  [/([?&;][^=&\s]*(?:password|token|secret|code|jwt)[^=&\s]*=)[^&\s#]*/gi, "$1[redacted]"],
];

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

function redactText(text: string): string {
  const safe = SECRET_TEXT.reduce((rest, [pattern, mask]) => rest.replace(pattern, mask), text);
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}…` : safe;
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
