import { afterEach, beforeEach, vi } from "vitest";

/** What our scripts touch of a page, for tests that run without one: storage and the address. */
export function page() {
  const listeners: [type: string, listener: (event: object) => void][] = [];
  const state = {
    stored: new Map<string, string>(),
    /** What only this tab has stored. */
    session: new Map<string, string>(),
    went: [] as string[],
    full: false,
    /** Lets something happen to the page. */
    fire(type: string, event: object): void {
      for (const [wanted, listener] of listeners) if (wanted === type) listener(event);
    },
  };

  beforeEach(() => {
    state.stored.clear();
    state.session.clear();
    state.went = [];
    state.full = false;
    vi.stubGlobal("localStorage", storage(state, state.stored));
    vi.stubGlobal("sessionStorage", storage(state, state.session));
    vi.stubGlobal("document", {
      documentElement: { dataset: { apiBaseUrl: "http://api.test" } },
      hidden: false,
    });
    vi.stubGlobal("location", {
      pathname: "/dashboard",
      search: "?status=open",
      href: "http://site.test/dashboard?status=open",
      replace: (url: string) => state.went.push(url),
      reload: () => state.went.push("again"),
    });
    listeners.length = 0;
    vi.stubGlobal("addEventListener", (type: string, listener: (event: object) => void) =>
      listeners.push([type, listener]),
    );
    vi.stubGlobal("removeEventListener", () => {});
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
  return state;
}

function storage(state: { full: boolean }, stored: Map<string, string>): object {
  const methods = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => {
      if (state.full) throw new DOMException("full", "QuotaExceededError");
      stored.set(key, value);
    },
    removeItem: (key: string) => stored.delete(key),
  };
  return new Proxy(methods, {
    ownKeys: () => [...stored.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
}
