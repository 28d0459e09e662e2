import { describe, expect, it } from "vitest";
import { optimisticList } from "../../src/outbox/optimistic-list";
import { merge, remaining, type Write } from "../../src/outbox/write";
import type { View } from "../../src/owned/view";
import { type Task, tasks } from "../../src/tasks/task";
import { task } from "./tasks";

const noun = "tasks";
const newTask = (id: string, fields: Partial<Task>) => tasks.create(id, fields);
/** What a view shows with these writes on their way, and these taken by the server. */
const overlay = (
  items: readonly Task[],
  writes: readonly Write<Task>[],
  view: View,
  complete: boolean,
  taken: readonly Write<Task>[] = [],
) =>
  optimisticList(
    items,
    taken.map((write) => ({ at: 1, taken_at: 1, write })),
    writes,
    tasks.placement(view),
    complete,
  );
const PUT = (item: Task): Write<Task> => ({ noun, method: "PUT", item });
const PATCH = (changes: Partial<Task>, one = task("1")): Write<Task> => ({
  noun,
  method: "PATCH",
  item: { ...one, ...changes },
  changes,
});
const DELETE = (item: Task): Write<Task> => ({ noun, method: "DELETE", item });

describe("two writes to one task are one", () => {
  it.each([
    ["the first one", undefined, PATCH({ title: "Tea" }), PATCH({ title: "Tea" })],
    [
      "a change of what is to be put",
      PUT(task("1")),
      PATCH({ title: "Tea" }),
      PUT(task("1", { title: "Tea" })),
    ],
    [
      "two changes",
      PATCH({ title: "Tea" }),
      PATCH({ completed: true }),
      PATCH({ title: "Tea", completed: true }),
    ],
    ["a deletion after a change", PATCH({ title: "Tea" }), DELETE(task("1")), DELETE(task("1"))],
    ["a deletion of what may be there", PUT(task("1")), DELETE(task("1")), DELETE(task("1"))],
    ["a deletion undone", DELETE(task("1")), PUT(task("1")), PUT(task("1"))],
    ["a change of what is gone", DELETE(task("1")), PATCH({ title: "Tea" }), DELETE(task("1"))],
  ] as const)("%s", (_, before, next, expected) => {
    expect(merge(before, next)).toEqual(expected);
  });

  it("the later of two changes of a field counts", () => {
    const both = merge(PATCH({ completed: true }), PATCH({ completed: false }));
    expect(both).toMatchObject({ changes: { completed: false }, item: { completed: false } });
  });
});

describe("what remains when an earlier state has been answered", () => {
  const green = task("1", { title: "Green tea" });
  it.each([
    ["nothing of the same", PATCH({ completed: true }), PATCH({ completed: true }), undefined],
    ["nothing of what is gone", undefined, PUT(green), undefined],
    ["nothing of a second deletion", DELETE(green), DELETE(task("1")), undefined],
    ["nothing of the same task", PUT(task("1", { updated_at: "" })), PUT(task("1")), undefined],
    ["a newer text", PUT(green), PUT(task("1")), PATCH({ title: "Green tea" })],
    ["a deletion", DELETE(green), PATCH({ title: "Tea" }), DELETE(green)],
    ["a restoration", PUT(green), DELETE(green), PUT(green)],
    [
      "the way back",
      PATCH({ completed: false }),
      PATCH({ completed: true }),
      PATCH({ completed: false }),
    ],
  ] as const)("%s", (_, now, sent, expected) => {
    expect(remaining(now, sent)).toEqual(expected);
  });

  it("of a change only the fields that are new or other", () => {
    const sent = PATCH({ completed: true, title: "Tea" });
    const now = merge(sent, PATCH({ title: "Green tea", due_date: "2026-01-02" }));
    expect(remaining(now, sent)).toMatchObject({
      changes: { title: "Green tea", due_date: "2026-01-02" },
    });
    expect(remaining(now, sent)).not.toHaveProperty("changes.completed");
  });

  it("nothing of a list that a newer API shows, read from storage twice", () => {
    const now = PUT({ ...task("1"), ...{ tags: ["a"] } });
    expect(remaining(now, structuredClone(now))).toBeUndefined();
  });
});

describe("what a view shows", () => {
  const view = (more: View = {}): View => ({
    status: "all",
    q: "",
    sort: "-created_at",
    ...more,
  });
  const three = [task("5"), task("3"), task("1")];
  const ids = (tasks: Task[]) => tasks.map(({ id }) => id);

  it("the server's tasks as they are, if nothing is pending", () => {
    const shown = overlay(three, [], view(), true);
    expect(shown.every((each, index) => each === three[index])).toBe(true);
  });

  it("a changed one in its place, the others the very same", () => {
    const change = PATCH({ title: "Tea", due_date: "2020-01-01" }, task("3"));
    const shown = overlay(three, [change], view({ sort: "due_date" }), true);
    expect(ids(shown)).toEqual(["5", "3", "1"]);
    expect(shown[1]).toMatchObject({ title: "Tea" });
    expect(shown[0]).toBe(three[0]);
  });

  it("over what the server has changed meanwhile, only what was changed here", () => {
    const server = task("3", { description: "From elsewhere" });
    const shown = overlay([server], [PATCH({ completed: true }, task("3"))], view(), true);
    expect(shown).toMatchObject([{ completed: true, description: "From elsewhere" }]);
  });

  it.each([
    ["a ticked one is not open any more", view({ status: "open" })],
    ["a ticked one does not match", view({ q: "3" })],
  ])("%s", (_, wanted) => {
    const change = PATCH({ completed: true, title: "Tea" }, task("3"));
    expect(ids(overlay(three, [change], wanted, true))).not.toContain("3");
  });

  it("no deleted one", () => {
    expect(ids(overlay(three, [DELETE(task("3"))], view(), true))).toEqual(["5", "1"]);
  });

  it("new ones on top, the latest first, in any order of the view", () => {
    const fields = { title: "Tea", description: null, due_date: null };
    const writes = [PUT(newTask("a", fields)), PUT(newTask("b", fields))];
    for (const sort of ["-created_at", "created_at", "due_date"] as const)
      expect(ids(overlay(three, writes, view({ sort }), true)).slice(0, 2)).toEqual(["b", "a"]);
    expect(ids(overlay(three, writes, view({ status: "done" }), true))).not.toContain("a");
  });

  it("a new one that has arrived already, once and in its place", () => {
    const fields = { title: "Tea", description: null, due_date: null };
    const shown = overlay(three, [PUT(newTask("3", fields))], view(), true);
    expect(ids(shown)).toEqual(["5", "3", "1"]);
    expect(shown[1]).toMatchObject({ title: "Tea", created_at: three[1]?.created_at });
  });

  it("what comes back or now belongs here, where it is sorted", () => {
    const writes = [PUT(task("4")), PATCH({ completed: false }, task("2"))];
    expect(ids(overlay(three, writes, view(), true))).toEqual(["5", "4", "3", "2", "1"]);
    expect(ids(overlay(three, writes, view({ sort: "created_at" }), true)).at(-1)).toBe("1");
  });

  it("behind the last one only if the server has no more", () => {
    const writes = [PUT(task("0"))];
    expect(ids(overlay(three, writes, view(), false))).not.toContain("0");
    expect(ids(overlay(three, writes, view(), true)).at(-1)).toBe("0");
  });

  it("no task twice that two pages brought", () => {
    expect(ids(overlay([task("5"), task("3"), task("3")], [], view(), true))).toEqual(["5", "3"]);
  });
});

describe("over a page that is older than a write", () => {
  const view = (more: View = {}): View => ({ status: "all", q: "", sort: "-created_at", ...more });
  const three = [task("5"), task("3"), task("1")];
  const ids = (tasks: Task[]) => tasks.map(({ id }) => id);
  const later = "2026-02-01T00:00:00Z";
  const shown = (taken: Write<Task>[], wanted = view(), complete = true) =>
    overlay(three, [], wanted, complete, taken);

  it("a new one is shown where it belongs, once", () => {
    expect(ids(shown([PUT(task("4", { updated_at: later }))]))).toEqual(["5", "4", "3", "1"]);
    const twice = overlay([task("4"), ...three], [], view(), true, [PUT(task("4"))]);
    expect(ids(twice).filter((id) => id === "4")).toHaveLength(1);
    expect(ids(shown([PUT(task("4"))], view({ status: "done" })))).not.toContain("4");
  });

  it("a deleted one is not shown", () => {
    expect(ids(shown([DELETE(task("3"))]))).toEqual(["5", "1"]);
  });

  it("a changed one is shown as it is now, and leaves where it does not belong any more", () => {
    const done = task("3", { completed: true, updated_at: later });
    expect(shown([PATCH({ completed: true }, done)])[1]).toMatchObject({ completed: true });
    expect(ids(shown([PATCH({ completed: true }, done)], view({ status: "open" })))).toEqual([
      "5",
      "1",
    ]);
  });

  it("what the page knows to be newer still counts", () => {
    const elsewhere = task("3", { title: "From elsewhere", updated_at: later });
    const list = overlay([elsewhere], [], view(), true, [PUT(task("3", { title: "Tea" }))]);
    expect(list).toEqual([elsewhere]);
  });

  it("what is on its way lies over it", () => {
    const taken = PUT(task("4", { updated_at: later }));
    const list = overlay(three, [PATCH({ title: "Tea" }, task("4"))], view(), true, [taken]);
    expect(list[1]).toMatchObject({ id: "4", title: "Tea" });
    expect(ids(overlay(three, [PUT(task("3"))], view(), true, [DELETE(task("3"))]))).toEqual([
      "5",
      "3",
      "1",
    ]);
    expect(ids(overlay(three, [DELETE(task("4"))], view(), true, [taken]))).toEqual([
      "5",
      "3",
      "1",
    ]);
  });

  it("one beyond what is loaded is left for its page to bring", () => {
    expect(ids(shown([PUT(task("0"))], view(), false))).toEqual(["5", "3", "1"]);
  });

  it("the others are the very same", () => {
    const list = shown([PUT(task("4", { updated_at: later }))]);
    expect(three.every((each) => list.includes(each))).toBe(true);
  });
});
