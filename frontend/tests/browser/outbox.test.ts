import { describe, expect, it } from "vitest";
import { createOutbox, dropOutbox, type QueuedTask } from "../../src/tasks/outbox";
import type { Task } from "../../src/tasks/view";
import { page } from "./page";

const tab = page();

const queued = (id: string, title = id): QueuedTask => ({
  id,
  title,
  description: null,
  completed: false,
  due_date: null,
});

/** An outbox whose sending the test decides: `answer` is called for each attempt. */
function box(answer: (task: QueuedTask) => Promise<void> | void, userId = "ada") {
  const seen = { tried: [] as string[], sent: [] as string[], refused: [] as string[] };
  const outbox = createOutbox({
    userId,
    send: async (task) => {
      seen.tried.push(task.title);
      await answer(task);
      return { ...task, created_at: "", updated_at: "" } satisfies Task;
    },
    onSent: (task) => seen.sent.push(task.title),
    onRefused: (task) => seen.refused.push(task.title),
    isRefusal: (error) => error === "refused",
    onSentElsewhere: () => {},
    locks: undefined,
  });
  return { outbox, seen };
}

const stored = () => JSON.parse(tab.stored.get("gatepass.outbox:ada") ?? "[]");

describe("the outbox", () => {
  it("sends what is put in, oldest first, and is empty afterwards", async () => {
    const { outbox, seen } = box(() => {});
    await outbox.start();
    outbox.put(queued("a"));
    await outbox.put(queued("b"));
    expect(seen.sent).toEqual(["a", "b"]);
    expect(outbox.read()).toEqual([]);
    expect(stored()).toEqual([]);
  });

  it("keeps over a reload what could not be sent, and sends it then", async () => {
    const first = box(() => Promise.reject("away"));
    await first.outbox.start();
    await expect(first.outbox.put(queued("a"))).rejects.toBe("away");
    first.outbox.stop();
    expect(stored()).toMatchObject([{ id: "a" }]);

    const second = box(() => {});
    await second.outbox.start();
    expect(second.seen.sent).toEqual(["a"]);
    expect(stored()).toEqual([]);
  });

  it("never sends the tasks of another user", async () => {
    const ada = box(() => Promise.reject("away"));
    await ada.outbox.start();
    await ada.outbox.put(queued("a")).catch(() => {});
    const bob = box(() => {}, "bob");
    await bob.outbox.start();
    expect(bob.seen.tried).toEqual([]);
  });

  it("gives a refused task back and goes on with the next", async () => {
    const { outbox, seen } = box((task) =>
      task.id === "a" ? Promise.reject("refused") : undefined,
    );
    await outbox.start();
    outbox.put(queued("a"));
    await outbox.put(queued("b"));
    expect(seen.refused).toEqual(["a"]);
    expect(seen.sent).toEqual(["b"]);
  });

  it("sends a task again that was changed while it was on its way", async () => {
    const { outbox, seen } = box((task) => {
      if (task.title === "Tea") void outbox.put(queued("a", "Green tea"));
    });
    await outbox.start();
    await outbox.put(queued("a", "Tea"));
    expect(seen.tried).toEqual(["Tea", "Green tea"]);
    expect(seen.sent).toEqual(["Green tea"]);
  });

  it("does not bring back a task that was dropped while it was on its way", async () => {
    const { outbox, seen } = box((task) => outbox.drop(task.id));
    await outbox.start();
    await outbox.put(queued("a"));
    expect(seen.sent).toEqual([]);
    expect(outbox.has("a")).toBe(false);
  });

  it("keeps a task as it was when the server does not take a change of it", async () => {
    const { outbox } = box((task) => (task.completed ? Promise.reject("fault") : undefined));
    await outbox.start();
    const changed = outbox.put({ ...queued("a"), completed: true });
    await expect(changed).rejects.toBe("fault");
    outbox.takeBack(queued("a"));
    expect(stored()).toMatchObject([{ id: "a", completed: false }]);
    await outbox.flush();
    expect(stored()).toEqual([]);
  });

  it("sends what is put in at the very end of a round", async () => {
    const { outbox, seen } = box(() => {});
    await outbox.start();
    const unsubscribe = outbox.subscribe(() => {
      if (seen.sent.length !== 1 || outbox.read().length > 0) return;
      unsubscribe();
      queueMicrotask(() => outbox.put(queued("b")));
    });
    await outbox.put(queued("a"));
    expect(seen.sent).toEqual(["a", "b"]);
  });

  it("leaves nothing behind after an explicit sign-out", async () => {
    const { outbox } = box(() => Promise.reject("away"));
    await outbox.start();
    await outbox.put(queued("a")).catch(() => {});
    outbox.stop();
    dropOutbox("ada");
    expect(tab.stored.size).toBe(0);
  });
});
