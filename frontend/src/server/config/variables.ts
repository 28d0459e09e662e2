/** A mistake in the environment; its message is one line that names the variable and the fix. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
}

export type Environ = Readonly<Record<string, string | undefined>>;

/**
 * Reads typed values out of the environment. An empty string counts as unset.
 *
 * Every method throws a ConfigurationError when the value is not of its kind.
 */
export class Variables {
  readonly #environ: Environ;

  constructor(environ: Environ) {
    this.#environ = environ;
  }

  text(name: string): string | undefined {
    return this.#environ[name] || undefined;
  }

  integer(name: string, bounds: { min: number; max: number; default: number }): number {
    const value = this.text(name);
    if (value === undefined) return bounds.default;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= bounds.min && number <= bounds.max) return number;
    throw new ConfigurationError(
      `${name} must be a whole number from ${bounds.min} to ${bounds.max}, not ${quote(value)}.`,
    );
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name) ?? fallback;
    const found = allowed.find((candidate) => candidate === value);
    if (found) return found;
    throw new ConfigurationError(`${name} must be ${allowed.join(" or ")}, not ${quote(value)}.`);
  }

  /** An http(s) URL without credentials, query or fragment. */
  httpUrl(name: string, fallback: string): URL {
    const value = this.text(name) ?? fallback;
    const url = URL.canParse(value) ? new URL(value) : undefined;
    const plain = url && !url.username && !url.password && !/[?#\s]/.test(value);
    if (url && plain && /^https?:$/.test(url.protocol)) return url;
    throw new ConfigurationError(
      `${name} must be a URL such as ${fallback}, without a user name, query or fragment.`,
    );
  }

  /** As `httpUrl`, and nothing but scheme, host and port. */
  origin(name: string, fallback: string): URL {
    const url = this.httpUrl(name, fallback);
    if (url.pathname === "/") return url;
    throw new ConfigurationError(
      `${name} must be an origin such as ${url.origin}, without a path.`,
    );
  }

  list(name: string): string[] {
    const entries = this.text(name)?.split(",") ?? [];
    return entries.map((entry) => entry.trim()).filter(Boolean);
  }
}

/** For values that are no secrets only. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
