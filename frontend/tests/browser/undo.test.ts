import { beforeEach, describe, expect, it, vi } from "vitest";
import { ApiError, NetworkError } from "../../src/api/errors";
import { createQueryClient } from "../../src/app/(signed-in)/query-client";
import { createOutbox, type Outbox } from "../../src/outbox/outbox";
import type { Write } from "../../src/outbox/write";
import { createActions } from "../../src/owned/actions";
import { giveUp } from "../../src/owned/failed-writes";
import { offerUndo, withdrawUndo } from "../../src/owned/undo";
import { clearCompleted } from "../../src/tasks/clear-completed-tasks";
import { type Task, tasks } from "../../src/tasks/task";
import { clearToasts, dismissToast, latestToastAction, toastStore } from "../../src/ui/toast";
import { alone } from "./channel";
import { page } from "./page";
import { task } from "./tasks";

const api = vi.hoisted(() => ({ GET: vi.fn(), DELETE: vi.fn() }));
vi.mock("../../src/session/tab-api", () => ({ api: () => api }));

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

describe("clearing what is done", () => {
  const reopened: Write<Task> = {
    noun: "tasks",
    method: "PATCH",
    item: task("1"),
    changes: { completed: false },
  };

  /** An outbox with a change that opens a task again, which the server takes or not. */
  function reopening(takes: boolean) {
    api.GET.mockReset().mockResolvedValue({
      data: { items: [task("1", { completed: true })], next_cursor: null },
    });
    api.DELETE.mockReset().mockResolvedValue({});
    const outbox = createOutbox({
      userId: "ada",
      isWrite: tasks.isWrite,
      isWrong: tasks.isWrong,
      send: (write) => (takes ? Promise.resolve(write.item) : Promise.reject({ retryAfter: 90 })),
      onFailed: () => false,
      onSentElsewhere: () => {},
      channel: alone(),
    });
    outbox.start();
    return outbox;
  }

  it("is done once what is pending has been sent", async () => {
    const outbox = reopening(true);
    outbox.add(reopened);
    expect(await clearCompleted(createQueryClient(), outbox, false)).toBe(true);
    expect(api.DELETE).toHaveBeenCalledOnce();
    expect(texts()).toEqual(["1 completed task cleared"]);
  });

  it("goes on task by task where nobody knows whether it was done, and can be undone", async () => {
    const outbox = reopening(true);
    const sent: string[] = [];
    outbox.subscribe(() => {
      sent.push(...outbox.read().map(({ method, item }) => `${method} ${item.id}`));
    });
    api.DELETE.mockRejectedValue(new NetworkError(new TypeError()));
    expect(await clearCompleted(createQueryClient(), outbox, false)).toBe(true);
    expect(api.DELETE).toHaveBeenCalledOnce();
    expect(sent).toContain("DELETE 1");
    expect(texts()).toEqual(["1 completed task cleared"]);
  });

  it("leaves alone what was changed while nobody knows whether it was done", async () => {
    const outbox = reopening(false);
    const edited = { ...reopened, item: task("1", { title: "Milk" }), changes: { title: "Milk" } };
    api.GET.mockResolvedValue({
      data: {
        items: [task("1", { completed: true }), task("2", { completed: true })],
        next_cursor: null,
      },
    });
    api.DELETE.mockImplementation(async () => {
      outbox.add(edited);
      throw new NetworkError(new TypeError());
    });
    await clearCompleted(createQueryClient(), outbox, false);
    const pending = outbox.read().map(({ method, item }) => `${method} ${item.id}`);
    expect(pending.toSorted()).toEqual(["DELETE 2", "PUT 1"]);
    expect(texts()).toEqual(["1 completed task cleared"]);
    outbox.stop();
  });

  it("is given up where the server refuses it", async () => {
    const outbox = reopening(true);
    const denied = new ApiError(new Response(null, { status: 403 }), undefined);
    api.DELETE.mockRejectedValue(denied);
    await expect(clearCompleted(createQueryClient(), outbox, false)).rejects.toBe(denied);
    expect(outbox.read()).toEqual([]);
  });

  it("is not done while a change waits: the server takes for done what is open again", async () => {
    const outbox = reopening(false);
    outbox.add(reopened);
    expect(await clearCompleted(createQueryClient(), outbox, false)).toBe(true);
    expect(api.DELETE).not.toHaveBeenCalled();
    expect(texts()).toEqual([expect.stringMatching(/^Nothing was cleared/)]);
    outbox.stop();
  });

  it("is not done over a change that was made meanwhile", async () => {
    const outbox = reopening(true);
    api.GET.mockImplementationOnce(async () => {
      outbox.add(reopened);
      return { data: { items: [task("1", { completed: true })], next_cursor: null } };
    });
    await clearCompleted(createQueryClient(), outbox, false);
    expect(api.DELETE).not.toHaveBeenCalled();
  });

  it("waits for no task that is to be put there: room may be what it lacks", async () => {
    const outbox = reopening(false);
    outbox.add({ noun: "tasks", method: "PUT", item: task("2") });
    await clearCompleted(createQueryClient(), outbox, false);
    expect(api.DELETE).toHaveBeenCalledOnce();
    outbox.stop();
  });

  it("waits for nothing of another noun", async () => {
    const outbox = reopening(true);
    outbox.add({ ...reopened, noun: "notes" });
    await clearCompleted(createQueryClient(), outbox, false);
    expect(api.DELETE).toHaveBeenCalledOnce();
    outbox.stop();
  });

  it("is undone for what was opened again while its answer was awaited", async () => {
    const completed = task("1", { completed: true });
    api.GET.mockResolvedValue({ data: { items: [completed], next_cursor: null } });
    const server = new Map([["1", completed]]);
    const outbox = createOutbox({
      userId: "ada",
      isWrite: tasks.isWrite,
      isWrong: tasks.isWrong,
      async send(write) {
        if (write.method === "PATCH" && !server.has(write.item.id))
          throw new ApiError(new Response(null, { status: 404 }), undefined);
        server.set(write.item.id, write.item as Task);
        return write.item;
      },
      onFailed: (write, error) =>
        giveUp(tasks, "ada", write as Write<Task>, write as Write<Task>, error).givenUp,
      onSentElsewhere: () => {},
      channel: alone(),
    });
    outbox.start();
    api.DELETE.mockImplementation(async () => {
      outbox.add(reopened);
      server.clear();
      return {};
    });
    await clearCompleted(createQueryClient(), outbox, false);
    await vi.waitFor(() => expect(outbox.read()).toEqual([]), 10_000);
    expect([...server.values()]).toEqual([task("1")]);
    outbox.stop();
  });
});
