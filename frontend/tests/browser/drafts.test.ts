import { describe, expect, it, vi } from "vitest";
import {
  draftForms,
  dropDraft,
  dropDrafts,
  readDraft,
  restoreDraft,
  saveDraft,
} from "../../src/outbox/drafts";
import { dropExpired } from "../../src/outbox/storage";
import { page } from "./page";

const tab = page();

describe("drafts", () => {
  it("come back to the user who typed them", () => {
    saveDraft("ada", "new-task", { title: "Half an idea", due_date: "" });
    expect(readDraft("ada", "new-task")).toEqual({ title: "Half an idea", due_date: "" });
  });

  it.each(["bob", "ad", "ada:new-task", "ADA", ""])("are not shown to %j", (other) => {
    saveDraft("ada", "new-task", { title: "Half an idea" });
    expect(readDraft(other, "new-task")).toBeUndefined();
    expect(draftForms(other)).not.toContain("new-task");
  });

  it("are gone when the form is emptied or saved", () => {
    saveDraft("ada", "new-task", { title: "Tea" });
    saveDraft("ada", "new-task", { title: "  " });
    saveDraft("ada", "edit:1", { title: "Tea" });
    dropDraft("ada", "edit:1");
    expect(tab.stored.size).toBe(0);
  });

  it("of one user are dropped together, those of another stay", () => {
    saveDraft("ada", "new-task", { title: "Tea" });
    saveDraft("ada", "edit:1", { title: "Milk" });
    saveDraft("bob", "new-task", { title: "Rye" });
    dropDrafts("ada");
    expect(draftForms("ada")).toEqual([]);
    expect(readDraft("bob", "new-task")).toEqual({ title: "Rye" });
  });

  it("are forgotten after seven days", () => {
    vi.useFakeTimers({ now: 0 });
    saveDraft("ada", "new-task", { title: "Tea" });
    vi.setSystemTime(7 * 24 * 60 * 60 * 1000 - 1);
    expect(readDraft("ada", "new-task")).toBeDefined();
    vi.setSystemTime(7 * 24 * 60 * 60 * 1000);
    expect(readDraft("ada", "new-task")).toBeUndefined();
    expect(tab.stored.size).toBe(0);
  });

  it("begin their seven days anew where the clock was fast and was put right", () => {
    vi.useFakeTimers({ now: 30 * 24 * 60 * 60 * 1000 });
    saveDraft("ada", "new-task", { title: "Tea" });
    vi.setSystemTime(0);
    dropExpired();
    vi.setSystemTime(7 * 24 * 60 * 60 * 1000 - 1);
    expect(readDraft("ada", "new-task")).toEqual({ title: "Tea" });
    vi.setSystemTime(7 * 24 * 60 * 60 * 1000);
    expect(readDraft("ada", "new-task")).toBeUndefined();
    expect(tab.stored.size).toBe(0);
  });

  it("say whether they were kept", () => {
    expect(saveDraft("ada", "new-task", { title: "Tea" })).toBe(true);
    expect(saveDraft("ada", "new-task", { title: "" })).toBe(true);
    tab.full = true;
    expect(saveDraft("ada", "new-task", { title: "Milk" })).toBe(false);
  });

  it("cost nothing where storage is full or holds something else", () => {
    tab.full = true;
    saveDraft("ada", "new-task", { title: "Tea" });
    expect(readDraft("ada", "new-task")).toBeUndefined();
    tab.stored.set("gatepass.draft:ada:new-task", "{not json");
    expect(readDraft("ada", "new-task")).toBeUndefined();
  });
});

describe("two tabs with the same form", () => {
  /** The drafts as another document has them. */
  async function otherTab() {
    vi.resetModules();
    return import("../../src/outbox/drafts");
  }

  it.each([
    ["saves", (drop: () => void) => drop()],
    ["is emptied", () => saveDraft("ada", "new-task", { title: "" })],
  ])("the one that %s drops its own text, not the other's", async (_, end) => {
    const other = await otherTab();
    saveDraft("ada", "new-task", { title: "Milk" });
    other.saveDraft("ada", "new-task", { title: "A page of notes" });
    end(() => dropDraft("ada", "new-task"));
    expect(readDraft("ada", "new-task")).toEqual({ title: "A page of notes" });
    other.dropDraft("ada", "new-task");
    expect(tab.stored.size).toBe(0);
  });

  it("one that never typed, or has dropped its own, leaves the other's text", async () => {
    const other = await otherTab();
    other.saveDraft("ada", "edit:1", { title: "Green tea" });
    dropDraft("ada", "edit:1");
    expect(readDraft("ada", "edit:1")).toEqual({ title: "Green tea" });
    saveDraft("ada", "edit:1", { title: "Tea" });
    other.saveDraft("ada", "edit:1", { title: "Green tea" });
    dropDraft("ada", "edit:1");
    dropDraft("ada", "edit:1");
    expect(readDraft("ada", "edit:1")).toEqual({ title: "Green tea" });
  });

  it("what is restored is one's own, whoever typed it", async () => {
    const other = await otherTab();
    saveDraft("ada", "new-task", { title: "Tea" });
    other.saveDraft("ada", "new-task", { title: "Tea and cake" });
    expect(restoreDraft("ada", "new-task")).toEqual({ title: "Tea and cake" });
    dropDraft("ada", "new-task");
    expect(tab.stored.size).toBe(0);
  });

  it("an item that is deleted takes with it an edit of before, and a sign-out everything", async () => {
    const other = await otherTab();
    saveDraft("ada", "edit:1", { title: "Tea" });
    other.removeDraft("ada", "edit:1");
    expect(tab.stored.size).toBe(0);
    saveDraft("ada", "edit:1", { title: "Tea" });
    other.saveDraft("ada", "edit:1", { title: "Green tea" });
    dropDrafts("ada");
    expect(tab.stored.size).toBe(0);
  });
});

describe("a draft of an edit", () => {
  const fields = { title: "Tea", description: "", due_date: "2026-01-01" };

  it("brings back only what was edited: the rest may be another by now", () => {
    saveDraft("ada", "edit:1", fields, ["description"]);
    expect(readDraft("ada", "edit:1")).toEqual(fields);
    expect(restoreDraft("ada", "edit:1")).toEqual({ description: "" });
  });

  it("is one also if something was emptied, and none if nothing differs any more", () => {
    saveDraft("ada", "edit:1", { title: "", description: "" }, ["title"]);
    expect(restoreDraft("ada", "edit:1")).toEqual({ title: "" });
    saveDraft("ada", "edit:1", fields, []);
    expect(tab.stored.size).toBe(0);
  });
});

describe("what nobody asks for any more", () => {
  it("ends after seven days too: other users', of deleted tasks, and what is no draft", () => {
    const said = vi.spyOn(console, "warn").mockImplementation(() => {});
    vi.useFakeTimers({ now: 0 });
    saveDraft("bob", "edit:gone", { title: "Tea" });
    tab.stored.set("gatepass.outbox:bob:tasks:1", JSON.stringify({ at: 0, write: {} }));
    vi.setSystemTime(7 * 24 * 60 * 60 * 1000);
    saveDraft("bob", "new:tasks", { title: "Fresh" });
    tab.stored.set("gatepass.draft:bob:x", "{not json");
    tab.stored.set("gatepass.draft:bob:y", JSON.stringify({ fields: {} }));
    tab.stored.set("gatepass.single-keys", "false");
    tab.stored.set("another.app", "its own");
    dropExpired();
    expect([...tab.stored.keys()].sort()).toEqual([
      "another.app",
      "gatepass.draft:bob:new:tasks",
      "gatepass.single-keys",
    ]);
    expect(said).toHaveBeenCalledTimes(2);
    said.mockRestore();
  });
});
