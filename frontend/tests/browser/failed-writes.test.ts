import { describe, expect, it } from "vitest";
import { ApiError, NetworkError, SessionOver } from "../../src/api/errors";
import { dropDraft, editForm, newForm, readDraft, saveDraft } from "../../src/outbox/drafts";
import { createOutbox } from "../../src/outbox/outbox";
import type { Changes, Write } from "../../src/outbox/write";
import * as failures from "../../src/owned/failed-writes";
import { sendWrite } from "../../src/owned/queries";
import { type Task, tasks } from "../../src/tasks/task";
import { alone } from "./channel";
import { page } from "./page";

const tab = page();

const NEW_TASK = newForm("tasks");
const giveUp = (userId: string, write: Write<Task>, error: unknown, now = write) =>
  failures.giveUp(tasks, userId, write, now, error);
const isGivenUp = (userId: string, write: Write<Task>, error: unknown) =>
  giveUp(userId, write, error).givenUp;
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
const said = (error_type: string) => ({ detail: "A sentence.", error_type });
const fault = new ApiError(new Response(null, { status: 500 }), said("internal_error"));
const gone = new ApiError(new Response(null, { status: 404 }), said("not_found_error"));
/** What somebody on the way says where the API does not. */
const answer = (status: number) => new ApiError(new Response(null, { status }), {});
const over = new SessionOver("expired");

describe("what a failure does to a change", () => {
  it.each([
    ["a new task that is refused leaves", PUT(), answer(422), true],
    ["so does a tick of what is gone", PATCH({ completed: true }), gone, true],
    ["so does a deletion that is denied", DELETE, answer(403), true],
    ["so does a tick that met a fault", PATCH({ completed: true }), fault, true],
    ["a new task that met a fault stays", PUT(), answer(500), false],
    ["so does what was restored", PUT(known), answer(500), false],
    ["so does what was restored and is refused", PUT(known), answer(409), false],
    ["so does a new task that came too slowly", PUT(), answer(408), false],
    ["so does a tick that came too slowly", PATCH({ completed: true }), answer(408), false],
    ["so does a tick that came too often", PATCH({ completed: true }), answer(429), false],
    [
      "so does a tick of which somebody on the way knows nothing",
      PATCH({ completed: true }),
      answer(404),
      false,
    ],
    ["so does a tick that a proxy answers", PATCH({ completed: true }), answer(502), false],
    ["so does a tick that a portal answers", PATCH({ completed: true }), answer(511), false],
    ["so does what got no answer", DELETE, new NetworkError(new TypeError()), false],
    ["so does what met a fault of this page", DELETE, new TypeError(), false],
  ])("%s", (_, write, error, expected) => {
    expect(isGivenUp("ada", write, error)).toBe(expected);
  });
});

describe("a deletion", () => {
  const answered = (error: Error) =>
    sendWrite(
      { ...tasks, requests: { ...tasks.requests, remove: () => Promise.reject(error) } },
      "ada",
      DELETE,
    );

  it("of what is gone is done", async () => {
    expect(await answered(gone)).toEqual(known);
  });

  it.each([
    ["a 404 of somebody on the way", answer(404)],
    ["a fault", answer(500)],
  ])("is not done by %s", async (_, error) => {
    await expect(answered(error)).rejects.toBe(error);
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

describe("text that is refused", () => {
  it.each([
    [NEW_TASK, PUT(), answer(422), "Tea"],
    [NEW_TASK, PATCH({ title: "Green tea" }), gone, "Green tea"],
    [editForm("1"), PATCH({ title: "Green tea" }), fault, "Green tea"],
  ])("leaves for %s", (form, write, error, title) => {
    expect(giveUp("ada", write, error)).toEqual({ givenUp: true, form });
    expect(readDraft("ada", form)).toEqual({ title, description: "", due_date: "" });
  });

  it.each([
    [NEW_TASK, PUT(), answer(409)],
    [editForm("1"), PATCH({ title: "Green tea", completed: true }), answer(422)],
    [editForm("1"), PATCH({ title: "Green tea" }), fault],
  ])("stays while %s holds something else", (form, write, error) => {
    saveDraft("ada", form, { title: "The next thought" });
    expect(giveUp("ada", write, error)).toEqual({ givenUp: false });
    expect(readDraft("ada", form)).toEqual({ title: "The next thought" });
  });

  it.each([
    ["a refusal", PUT(), answer(422)],
    ["a refusal", PATCH({ title: "Green tea" }), answer(422)],
    ["the end of a session", PUT(), over],
  ])("stays after %s if storage does not take the draft", (_, write, error) => {
    tab.full = true;
    expect(giveUp("ada", write, error)).toEqual({ givenUp: false });
  });

  it("leaves as it is by now", () => {
    const now = PUT({ ...typed, title: "Green tea" });
    expect(giveUp("ada", PUT(), answer(422), now)).toEqual({ givenUp: true, form: NEW_TASK });
    expect(readDraft("ada", NEW_TASK)).toMatchObject({ title: "Green tea" });
  });

  it("leaves for no form what has been deleted meanwhile", () => {
    expect(giveUp("ada", PUT(), answer(422), DELETE)).toEqual({ givenUp: true });
    expect(readDraft("ada", NEW_TASK)).toBeUndefined();
  });

  it("of several tasks stays but for one, and follows once the form is free", async () => {
    const outbox = createOutbox({
      userId: "ada",
      isWrite: tasks.isWrite,
      isWrong: tasks.isWrong,
      send: () => Promise.reject(answer(409)),
      onFailed: (write, error) => isGivenUp("ada", write as Write<Task>, error),
      onSentElsewhere: () => {},
      channel: alone(),
    });
    outbox.start();
    const titles = () => outbox.read().map(({ item }) => (item as Task).title);
    outbox.add(...["One", "Two", "Three"].map((title) => PUT(tasks.create(title, { title }))));
    await outbox.flush();
    expect(readDraft("ada", NEW_TASK)).toMatchObject({ title: "One" });
    expect(titles()).toEqual(["Two", "Three"]);
    dropDraft("ada", NEW_TASK);
    await outbox.flush();
    expect(readDraft("ada", NEW_TASK)).toMatchObject({ title: "Two" });
    expect(titles()).toEqual(["Three"]);
    outbox.stop();
  });
});
