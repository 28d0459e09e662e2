import { describe, expect, it } from "vitest";
import type { View } from "../../src/owned/view";
import { dueText } from "../../src/tasks/due";
import { type Task, tasks } from "../../src/tasks/task";
import { task } from "./tasks";

const { parseView, viewSearch, check: checkFields } = tasks;
const belongs = (one: Task, wanted: View) => tasks.placement(wanted).belongs(one);
const inOrder = (sort: string) => tasks.placement(view({ sort })).compare;

const view = (more: View = {}): View => ({
  status: "all",
  q: "",
  sort: "-created_at",
  ...more,
});

describe("the view in the URL", () => {
  it.each([
    ["", view()],
    ["?status=open", view({ status: "open" })],
    [
      "?status=done&q=tea+%26+milk&sort=due_date",
      { status: "done", q: "tea & milk", sort: "due_date" },
    ],
  ] as const)("%j there and back", (search, expected) => {
    const params = new URLSearchParams(search);
    expect(parseView((name) => params.get(name))).toEqual(expected);
    expect(viewSearch(expected)).toBe(search);
  });

  it("takes the default for what it does not know", () => {
    const nonsense: Record<string, string> = { status: "deleted", sort: "password", q: "a\0b" };
    expect(parseView((name) => nonsense[name])).toEqual(view({ q: "ab" }));
    expect(parseView(() => "🫖".repeat(300)).q).toBe("🫖".repeat(200));
  });
});

describe("what belongs where", () => {
  it.each([
    [{ status: "open" }, false],
    [{ status: "done" }, true],
    [{ q: "TEA" }, true],
    [{ q: "kettle" }, true],
    [{ q: "100%" }, false],
  ] as const)("%j: %s", (wanted, expected) => {
    const done = task("1", { title: "Green tea", description: "The old kettle", completed: true });
    expect(belongs(done, view(wanted))).toBe(expected);
  });

  it.each([
    ["-created_at", ["3", "2", "1"]],
    ["created_at", ["1", "2", "3"]],
    ["due_date", ["2", "3", "1"]],
  ] as [string, string[]][])("sorts by %s", (sort, expected) => {
    const tasks = [
      task("1"),
      task("2", { due_date: "2026-01-01" }),
      task("3", { due_date: "2026-02-01" }),
    ];
    expect(tasks.sort(inOrder(sort)).map(({ id }) => id)).toEqual(expected);
  });
});

describe("as the API decides it", () => {
  it.each(["-created_at", "created_at", "due_date"] as const)("%s breaks ties by id", (sort) => {
    const tied = ["b", "c", "a"].map((id) => task("1", { id, due_date: "2026-01-01" }));
    const later = task("2", { id: "0", due_date: "2026-01-02" });
    const ids = [...tied, later].sort(inOrder(sort)).map(({ id }) => id);
    expect(ids.join("")).toBe(sort === "-created_at" ? "0cba" : "abc0");
  });

  it("due dates that are alike are not told apart by their creation", () => {
    const tied = [
      task("1", { id: "b", due_date: "2026-01-01" }),
      task("2", { id: "a", due_date: "2026-01-01" }),
    ];
    expect(tied.sort(inOrder("due_date")).map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it.each([
    ["strasse", "Hauptstraße", true],
    ["strasse", "HAUPTSTRAẞE", true],
    ["ΟΔΟΣ", "οδοσήμανση", true],
    ["ab", "a\nb", false],
    ["tea\nkettle", "tea", false],
  ])("%j in %j: %s", (q, title, expected) => {
    expect(belongs(task("1", { title, description: "kettle" }), view({ q }))).toBe(expected);
  });
});

describe("due dates", () => {
  it.each([
    ["2026-03-01", "2026-03-01", "Today"],
    ["2026-03-01", "2026-02-28", "Tomorrow"],
    ["2026-02-28", "2026-03-01", "Yesterday"],
    ["2026-03-05", "2026-03-01", "5 Mar"],
    ["2027-03-05", "2026-03-01", "5 Mar 2027"],
    ["2026-03-05", undefined, "5 Mar 2026"],
  ])("%s on %s reads %s", (due, today, expected) => {
    expect(dueText(due, today)).toBe(expected);
  });
});

describe("limits of a task", () => {
  const fields = (more: object) => ({ title: "Tea", description: "", due_date: "", ...more });
  it.each([
    ["a title of white space", { title: " \t " }, ["title"]],
    ["200 characters of two code units each", { title: "🍵".repeat(200) }, []],
    ["201 characters", { title: "x".repeat(201) }, ["title"]],
    ["200 characters between spaces", { title: ` ${"x".repeat(200)} ` }, []],
    ["notes of 5001 characters", { description: "x".repeat(5001) }, ["description"]],
  ])("%s", (_, more, wrong) => {
    expect(Object.keys(checkFields(fields(more)))).toEqual(wrong);
  });
});
