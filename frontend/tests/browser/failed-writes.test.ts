import { describe, expect, it } from "vitest";
import { ApiError, NetworkError, SessionOver } from "../../src/api/errors";
import { editForm, newForm, readDraft, saveDraft } from "../../src/outbox/drafts";
import type { Changes, Write } from "../../src/outbox/write";
import * as failures from "../../src/owned/failed-writes";
import { type Task, tasks } from "../../src/tasks/task";
import { page } from "./page";

page();

const NEW_TASK = newForm("tasks");
const isGivenUp = (userId: string, write: Write<Task>, error: unknown) =>
  failures.isGivenUp(tasks, userId, write, error);
const giveBack = (userId: string, write: Write<Task>) => failures.giveBack(tasks, userId, write);
const noun = "tasks";

const fields = { title: "Tea", description: null, due_date: null };
const typed = tasks.create("1", fields);
const known = { ...typed, created_at: "2026-01-01T00:00:00Z" };
const PUT = (item = typed): Write<Task> => ({ noun, method: "PUT", item });
const PATCH = (changes: Changes<Task>): Write<Task> => ({
  noun,
  method: "PATCH",
  item: { ...known, ...changes },
  changes,
});
const DELETE: Write<Task> = { noun, method: "DELETE", item: known };
const answer = (status: number) => new ApiError(new Response(null, { status }), {});
const over = new SessionOver("expired");

describe("what a failure does to a change", () => {
  it.each([
    ["a new task that is refused leaves", PUT(), answer(422), true],
    ["so does a tick of what is gone", PATCH({ completed: true }), answer(404), true],
    ["so does a deletion that is denied", DELETE, answer(403), true],
    ["so does a tick that met a fault", PATCH({ completed: true }), answer(500), true],
    ["a new task that met a fault stays", PUT(), answer(500), false],
    ["so does what was restored", PUT(known), answer(500), false],
    ["so does a tick that came too often", PATCH({ completed: true }), answer(429), false],
    ["so does what got no answer", DELETE, new NetworkError(new TypeError()), false],
    ["so does what met a fault of this page", DELETE, new TypeError(), false],
  ])("%s", (_, write, error, expected) => {
    expect(isGivenUp("ada", write, error)).toBe(expected);
  });
});

describe("at the end of a session", () => {
  it.each([
    ["a new task leaves for its form", PUT(), true],
    ["so does an edit", PATCH({ title: "Green tea" }), true],
    ["a tick stays", PATCH({ completed: true }), false],
    ["so does an edit with a tick", PATCH({ title: "Green tea", completed: true }), false],
    ["so does a new task that was ticked", PUT({ ...typed, completed: true }), false],
    ["so does a deletion", DELETE, false],
    ["so does what was restored", PUT(known), false],
  ])("%s", (_, write, expected) => {
    expect(isGivenUp("ada", write, over)).toBe(expected);
  });

  it("text stays whose form holds something else by now", () => {
    saveDraft("ada", NEW_TASK, { title: "The next thought" });
    expect(isGivenUp("ada", PUT(), over)).toBe(false);
    expect(isGivenUp("bob", PUT(), over)).toBe(true);
  });
});

describe("giving text back", () => {
  it.each([
    [NEW_TASK, PUT(), "Tea"],
    [editForm("1"), PATCH({ title: "Green tea" }), "Green tea"],
  ])("to %s", (form, write, title) => {
    expect(giveBack("ada", write)).toBe(form);
    expect(readDraft("ada", form)).toEqual({ title, description: "", due_date: "" });
  });

  it("overwrites nothing, and does nothing where nothing was typed", () => {
    saveDraft("ada", NEW_TASK, { title: "The next thought" });
    expect(giveBack("ada", PUT())).toBeUndefined();
    expect(readDraft("ada", NEW_TASK)).toEqual({ title: "The next thought" });
    expect(giveBack("ada", PATCH({ completed: true }))).toBeUndefined();
    expect(giveBack("ada", DELETE)).toBeUndefined();
  });
});
