import { describe, expect, it, vi } from "vitest";
import { beginSession } from "../../src/session/session-end";
import { mayFollow } from "../../src/session/submit-auth-form";
import { page } from "./page";

const tab = page();

it("the next user's page does not begin with what the former one searched for", () => {
  let address = "/dashboard?q=divorce+lawyer";
  vi.stubGlobal("history", {
    replaceState(_: unknown, __: string, url: string) {
      address = url;
    },
  });
  beginSession({ id: "ada", email: "ada@example.com", name: "Ada" });
  beginSession({ id: "bob", email: "bob@example.com", name: "Bob" });
  expect(tab.went).toEqual(["again"]);
  expect(address).toBe("/dashboard");
});

it("nor where the sign-in page leads back to it", async () => {
  const ofNewDocument = () => {
    vi.resetModules();
    return import("../../src/session/session-end");
  };
  (await ofNewDocument()).beginSession({ id: "ada", email: "ada@example.com", name: "Ada" });
  vi.stubGlobal("history", { replaceState: () => tab.went.push("without its search") });
  const { beginSession } = await ofNewDocument();
  beginSession({ id: "bob", email: "bob@example.com", name: "Bob" });
  expect(tab.went).toEqual(["without its search", "again"]);
  (await ofNewDocument()).beginSession({ id: "bob", email: "bob@example.com", name: "Bob" });
  expect(tab.went).toHaveLength(2);
});

describe("following another tab that signs in", () => {
  it("happens once for a while", () => {
    vi.useFakeTimers({ now: 0 });
    expect(mayFollow()).toBe(true);
    expect(mayFollow()).toBe(false);
  });

  it("happens again where the clock was fast and was put right", () => {
    vi.useFakeTimers({ now: 5 * 3_600_000 });
    expect(mayFollow()).toBe(true);
    vi.setSystemTime(3_600_000);
    expect(mayFollow()).toBe(true);
  });

  it("needs a memory, or tabs could send each other round in circles", () => {
    tab.full = true;
    expect(mayFollow()).toBe(false);
    vi.stubGlobal("sessionStorage", null);
    expect(mayFollow()).toBe(false);
  });
});
