import { afterEach, beforeEach, vi } from "vitest";

/** What our scripts touch of a page, for tests that run without one: storage and the address. */
export function page() {
  const state = { stored: new Map<string, string>(), went: [] as string[], full: false };

  beforeEach(() => {
    state.stored.clear();
    state.went = [];
    state.full = false;
    vi.stubGlobal("localStorage", storage(state));
    vi.stubGlobal("document", { documentElement: { dataset: {} }, hidden: false });
    vi.stubGlobal("location", {
      pathname: "/dashboard",
      search: "?status=open",
      href: "http://site.test/dashboard?status=open",
      replace: (url: string) => state.went.push(url),
    });
    vi.stubGlobal("addEventListener", () => {});
    vi.stubGlobal("removeEventListener", () => {});
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  return state;
}

function storage(state: { stored: Map<string, string>; full: boolean }): object {
  const methods = {
    getItem: (key: string) => state.stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (state.full) throw new DOMException("full", "QuotaExceededError");
      state.stored.set(key, value);
    },
    removeItem: (key: string) => state.stored.delete(key),
  };
  return new Proxy(methods, {
    ownKeys: () => [...state.stored.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
}
