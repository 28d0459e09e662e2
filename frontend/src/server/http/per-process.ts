/**
 * The one of its name in this process, made at the first call. Kept on `globalThis`, because
 * `server.ts`, pages and routes have each their own copy of every module.
 */
export function perProcess<T>(name: string, make: () => T): T {
  const shared: Record<symbol, unknown> = globalThis;
  const key = Symbol.for(`gatepass.${name}`);
  shared[key] ??= make();
  return shared[key] as T;
}
