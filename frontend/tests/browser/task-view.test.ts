import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it } from "vitest";
import { changeTasks, upsertTask } from "../../src/tasks/cache";
import { dueText } from "../../src/tasks/due";
import { checkFields } from "../../src/tasks/fields";
import type { TaskPages } from "../../src/tasks/queries";
import {
  belongs,
  inOrder,
  parseView,
  type Sort,
  type Task,
  type TaskView,
  taskKeys,
  viewSearch,
} from "../../src/tasks/view";
import { task } from "./tasks";

const view = (more: Partial<TaskView> = {}): TaskView => ({
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
  ] as [Sort, string[]][])("sorts by %s", (sort, expected) => {
    const tasks = [
      task("1"),
      task("2", { due_date: "2026-01-01" }),
      task("3", { due_date: "2026-02-01" }),
    ];
    expect(tasks.sort(inOrder(sort)).map(({ id }) => id)).toEqual(expected);
  });
});

describe("as the API decides it", () => {
  it.each(["-created_at", "created_at", "due_date"] as Sort[])("%s breaks ties by id", (sort) => {
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
    ["ΟΔΟΣ", "οδος", true],
    ["ab", "a\nb", false],
    ["tea\nkettle", "tea", false],
  ])("%j in %j: %s", (q, title, expected) => {
    expect(belongs(task("1", { title, description: "kettle" }), view({ q }))).toBe(expected);
  });
});

describe("cached lists", () => {
  let client: QueryClient;
  beforeEach(() => {
    client = new QueryClient();
  });

  function put(wanted: Partial<TaskView>, ...pages: Task[][]): readonly unknown[] {
    const key = taskKeys.list("ada", view(wanted));
    client.setQueryData<TaskPages>(key, {
      pages: pages.map((items, index) => ({
        items,
        next_cursor: index < pages.length - 1 ? `to ${index + 1}` : null,
      })),
      pageParams: pages.map(() => null),
    });
    return key;
  }
  const ids = (key: readonly unknown[]) =>
    client.getQueryData<TaskPages>(key)?.pages.map(({ items }) => items.map(({ id }) => id));

  it("a completed task leaves the open list at once", () => {
    const open = put({ status: "open" }, [task("2"), task("1")]);
    changeTasks(client, "ada", (one) => (one.id === "1" ? { ...one, completed: true } : one));
    expect(ids(open)).toEqual([["2"]]);
  });

  it("pages without a change stay the very same", () => {
    const all = put({}, [task("3")], [task("2")]);
    const before = client.getQueryData<TaskPages>(all)?.pages;
    changeTasks(client, "ada", (one) => (one.id === "2" ? { ...one, title: "Tea" } : one));
    const after = client.getQueryData<TaskPages>(all)?.pages;
    expect(after?.[0]).toBe(before?.[0]);
    expect(after?.[1]).not.toBe(before?.[1]);
  });

  it("a new task lands on the page where it belongs, once", () => {
    const newest = put({}, [task("5"), task("4")], [task("2")]);
    const done = put({ status: "done" }, []);
    upsertTask(client, "ada", task("3"));
    upsertTask(client, "ada", task("3", { title: "Tea" }));
    expect(ids(newest)).toEqual([
      ["5", "4"],
      ["3", "2"],
    ]);
    expect(ids(done)).toEqual([[]]);
  });

  it("a task beyond what is loaded is left for its page to bring", () => {
    const key = taskKeys.list("ada", view());
    const page = { items: [task("5")], next_cursor: "more" };
    client.setQueryData<TaskPages>(key, { pages: [page], pageParams: [null] });
    upsertTask(client, "ada", task("1"));
    expect(ids(key)).toEqual([["5"]]);
  });

  it("another user's lists are not touched", () => {
    const key = taskKeys.list("bob", view());
    client.setQueryData<TaskPages>(key, {
      pages: [{ items: [], next_cursor: null }],
      pageParams: [null],
    });
    upsertTask(client, "ada", task("1"));
    expect(ids(key)).toEqual([[]]);
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
