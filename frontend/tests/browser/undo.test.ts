import { beforeEach, describe, expect, it } from "vitest";
import type { Outbox } from "../../src/outbox/outbox";
import type { Write } from "../../src/outbox/write";
import { createActions } from "../../src/owned/actions";
import { offerUndo, withdrawUndo } from "../../src/owned/undo";
import { type Task, tasks } from "../../src/tasks/task";
import { clearToasts, dismissToast, latestToastAction, toastStore } from "../../src/ui/toast";
import { page } from "./page";
import { task } from "./tasks";

page();
beforeEach(clearToasts);

const texts = () => toastStore.read().map(({ text }) => text);

function press(): void {
  const latest = latestToastAction();
  if (!latest) throw new Error("nothing to undo");
  dismissToast(latest.id);
  latest.action?.run();
}

/** Actions, and what they hand to the outbox. */
function actions() {
  const added: Write<Task>[] = [];
  const outbox = { userId: "ada", add: (...writes: Write<Task>[]) => added.push(...writes) };
  return { added, ...createActions(tasks, outbox as unknown as Outbox) };
}

describe("undo", () => {
  it("goes back step by step, one notice at a time", () => {
    const { added, remove } = actions();
    remove(task("1"));
    remove(task("2"));
    expect(texts()).toEqual(["Task deleted"]);
    press();
    expect(texts()).toEqual(["Task restored"]);
    press();
    expect(added.map(({ method, item }) => `${method} ${item.id}`)).toEqual([
      "DELETE 1",
      "DELETE 2",
      "PUT 2",
      "PUT 1",
    ]);
    expect(latestToastAction()).toBeUndefined();
  });

  it("puts back only what was changed", () => {
    const { added, change } = actions();
    change(task("1", { title: "Tea", due_date: "2026-01-01" }), {
      title: "Milk",
      completed: false,
    });
    press();
    expect(added).toMatchObject([{ changes: { title: "Milk" } }, { changes: { title: "Tea" } }]);
    expect(Object.keys((added[1] as { changes: object }).changes)).toEqual(["title"]);
  });

  it("is not offered where nothing changes", () => {
    const { added, change } = actions();
    change(task("1"), { completed: false });
    expect([added, texts()]).toEqual([[], []]);
  });

  it("ends with its notice", () => {
    const { remove } = actions();
    remove(task("1"));
    clearToasts();
    remove(task("2"));
    press();
    expect(latestToastAction()).toBeUndefined();
  });

  it("takes back the offer of what was refused, and keeps the others", () => {
    const run = () => {};
    offerUndo({ text: "First", undone: "", key: "a", run });
    offerUndo({ text: "Second", undone: "", key: "b", run });
    withdrawUndo("x");
    expect(texts()).toEqual(["Second"]);
    withdrawUndo("b");
    expect(texts()).toEqual(["First"]);
    withdrawUndo("a");
    expect(texts()).toEqual([]);
  });
});
