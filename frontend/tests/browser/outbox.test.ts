import { describe, expect, it, vi } from "vitest";
import { countUnsent, createOutbox, dropOutbox } from "../../src/tasks/outbox";
import { newTask, type PendingWrite } from "../../src/tasks/pending";
import { page } from "./page";

const tab = page();

const text = (title: string) => ({ title, description: null, due_date: null });
const put = (id: string, title = id): PendingWrite => ({
  method: "PUT",
  task: newTask(id, text(title)),
});
const tick = (id: string, completed = true): PendingWrite => ({
  method: "PATCH",
  task: { ...newTask(id, text(id)), completed },
  changes: { completed },
});
const remove = (id: string): PendingWrite => ({ method: "DELETE", task: newTask(id, text(id)) });

const named = (write: PendingWrite) =>
  `${write.method} ${write.method === "PATCH" ? JSON.stringify(write.changes) : write.task.title}`;

/** An outbox whose sending the test decides: `answer` is called for each attempt. */
function box(
  answer: (write: PendingWrite) => Promise<void> | void,
  { userId = "ada", locks }: { userId?: string; locks?: Pick<LockManager, "request"> } = {},
) {
  const seen = { tried: [] as string[], failed: [] as string[], elsewhere: [] as string[] };
  const outbox = createOutbox({
    userId,
    send: async (write) => {
      seen.tried.push(named(write));
      await answer(write);
      return () => {};
    },
    onFailed(write, error) {
      seen.failed.push(named(write));
      return error === "refused";
    },
    onSentElsewhere: (writes) => seen.elsewhere.push(...writes.map(named)),
    locks,
  });
  outbox.start();
  return { outbox, seen };
}

const away = () => new Promise<void>(() => {});

describe("the outbox", () => {
  it("sends what is taken in, oldest first, and is empty afterwards", async () => {
    const { outbox, seen } = box(() => {});
    outbox.add(put("z"), put("y"));
    outbox.add(put("x"));
    expect(outbox.read().map(named)).toEqual(["PUT z", "PUT y", "PUT x"]);
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT z", "PUT y", "PUT x"]);
    expect(outbox.read()).toEqual([]);
    expect(tab.stored.size).toBe(0);
  });

  it("keeps over a reload what could not be sent, and sends it then", async () => {
    box(away).outbox.add(put("a"), tick("b"), remove("c"));
    expect(countUnsent("ada")).toBe(3);
    const kept = [...tab.stored].toReversed();
    tab.stored.clear();
    for (const [key, value] of kept) tab.stored.set(key, value);
    const { outbox, seen } = box(() => {});
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", 'PATCH {"completed":true}', "DELETE c"]);
    expect(tab.stored.size).toBe(0);
  });

  it("neither sends, shows nor drops what is another user's", async () => {
    box(away).outbox.add(put("a"));
    for (const userId of ["bob", "ad", "ada:a", ""]) {
      const { outbox, seen } = box(() => {}, { userId });
      await outbox.flush();
      expect(outbox.read()).toEqual([]);
      expect(seen.tried).toEqual([]);
      dropOutbox(userId);
    }
    expect(countUnsent("ada")).toBe(1);
  });

  it("gives up what is refused and goes on with the next", async () => {
    const { outbox, seen } = box(({ task }) =>
      task.id === "a" ? Promise.reject("refused") : undefined,
    );
    outbox.add(put("a"), put("b"));
    await outbox.flush();
    expect(seen).toMatchObject({ failed: ["PUT a"], tried: ["PUT a", "PUT b"] });
    expect(tab.stored.size).toBe(0);
  });

  it("keeps what met a fault, tries it once a round, and is not held up by it", async () => {
    let broken = true;
    const { outbox, seen } = box(({ task }) =>
      broken && task.id === "a" ? Promise.reject("fault") : undefined,
    );
    outbox.add(put("a"), put("b"));
    await outbox.flush();
    expect(outbox.read().map(named)).toEqual(["PUT a"]);
    expect(seen.tried.filter((each) => each === "PUT b")).toHaveLength(1);
    broken = false;
    await outbox.flush();
    expect(outbox.read()).toEqual([]);
  });

  it("sends the change of a new task that was made while it was on its way", async () => {
    const { outbox, seen } = box(({ task }) => {
      if (task.title === "Tea") outbox.add(put("a", "Green tea"));
    });
    outbox.add(put("a", "Tea"));
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT Tea", 'PATCH {"title":"Green tea"}']);
  });

  it("sends of a change made on the way only what is new in it", async () => {
    const { outbox, seen } = box(() => {
      if (seen.tried.length > 1) return;
      outbox.add({ method: "PATCH", task: newTask("a", text("Tea")), changes: { title: "Tea" } });
      outbox.add(tick("a", false), tick("a", true));
    });
    outbox.add(tick("a"));
    await outbox.flush();
    expect(seen.tried).toEqual(['PATCH {"completed":true}', 'PATCH {"title":"Tea"}']);
  });

  it("deletes a task that was deleted while it was on its way", async () => {
    const { outbox, seen } = box((write) => {
      if (write.method === "PUT") outbox.add(remove("a"));
    });
    outbox.add(put("a"));
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", "DELETE a"]);
  });

  it("shows the answer before the write leaves, so that nothing flickers", async () => {
    const order: string[] = [];
    const outbox = createOutbox({
      userId: "ada",
      send: async () => () => void order.push(`shown with ${outbox.read().length} pending`),
      onFailed: () => true,
      onSentElsewhere: () => {},
      locks: undefined,
    });
    outbox.start();
    outbox.subscribe(() => order.push(`${outbox.read().length} pending`));
    outbox.add(tick("a"));
    await outbox.flush();
    expect(order).toEqual(["1 pending", "shown with 1 pending", "0 pending"]);
  });

  it("sends what is taken in at the very end of a round", async () => {
    const late: (() => void)[] = [];
    const locks = {
      request: async (_name: string, work: () => unknown) => {
        const result = await work();
        for (const each of late.splice(0)) each();
        return result;
      },
    } as unknown as LockManager;
    const { outbox, seen } = box(() => {}, { locks });
    await outbox.flush();
    late.push(() => outbox.add(put("b")));
    outbox.add(put("a"));
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a", "PUT b"]);
  });

  it("records an answer that comes after the page has gone elsewhere, and sends no more", async () => {
    let answer = () => {};
    const { outbox, seen } = box(() => new Promise((resolve) => (answer = resolve)));
    outbox.add(tick("a"), tick("b"));
    await vi.waitFor(() => expect(seen.tried).toHaveLength(1));
    outbox.stop();
    answer();
    await outbox.flush();
    expect(seen.tried).toHaveLength(1);
    expect(countUnsent("ada")).toBe(1);
  });

  it("sends everything before work that has to come after it", async () => {
    const { outbox, seen } = box(() => {});
    outbox.add(tick("a"));
    await outbox.afterFlush(async () => seen.tried.push("work"));
    expect(seen.tried.at(-1)).toBe("work");
    expect(outbox.read()).toEqual([]);
  });

  it("leaves nothing behind after an explicit sign-out", () => {
    box(away).outbox.add(put("a"), tick("b"));
    dropOutbox("ada");
    expect(tab.stored.size).toBe(0);
  });
});

describe("two tabs", () => {
  it("show what the other one does, and are told what it has sent", async () => {
    const one = box(away).outbox;
    const two = box(away);
    one.add(tick("a"), tick("b"));
    tab.fire("storage", { key: "gatepass.outbox:ada:a" });
    expect(two.outbox.read()).toHaveLength(2);
    tab.stored.delete("gatepass.outbox:ada:a");
    tab.fire("storage", { key: "gatepass.outbox:ada:a" });
    expect(two.outbox.read()).toHaveLength(1);
    expect(two.seen.elsewhere).toEqual(['PATCH {"completed":true}']);
  });

  it("go on sending when the one that sent is closed", async () => {
    let held = false;
    const locks = {
      request: async (_name: string, work: () => unknown) => {
        while (held) await new Promise((resolve) => setTimeout(resolve, 1));
        return work();
      },
    } as unknown as LockManager;
    const two = box(() => {}, { locks });
    await two.outbox.flush();
    held = true;
    box(away).outbox.add(tick("a"));
    tab.fire("storage", { key: "gatepass.outbox:ada:a" });
    expect(two.seen.tried).toEqual([]);
    held = false;
    await vi.waitFor(() => expect(two.seen.tried).toEqual(['PATCH {"completed":true}']));
  });

  it("never overwrite each other's tasks", () => {
    const [one, two] = [box(away).outbox, box(away).outbox];
    one.add(put("a"));
    two.add(put("b"));
    expect(countUnsent("ada")).toBe(2);
  });
});

describe("storage that cannot be trusted", () => {
  it.each([
    ["not JSON", "{"],
    ["null", "null"],
    ["an old queue", JSON.stringify([{ id: "a", title: "a" }])],
    ["no task", JSON.stringify({ at: 1, write: { method: "DELETE" } })],
    ["an unknown method", JSON.stringify({ at: 1, write: { ...put("a"), method: "POST" } })],
    ["a change of nothing", JSON.stringify({ at: 1, write: { ...put("a"), method: "PATCH" } })],
    ["another task", JSON.stringify({ at: 1, write: put("b") })],
    [
      "a number for a title",
      JSON.stringify({ at: 1, write: { method: "PUT", task: { ...put("a").task, title: 1 } } }),
    ],
  ])("%s is not taken for a change", async (_, stored) => {
    tab.stored.set("gatepass.outbox:ada:a", stored);
    const { outbox, seen } = box(() => {});
    await outbox.flush();
    expect(outbox.read()).toEqual([]);
    expect(seen.tried).toEqual([]);
    expect(countUnsent("ada")).toBe(0);
  });

  it("sends from memory where storage is full", async () => {
    tab.full = true;
    const { outbox, seen } = box(() => {});
    outbox.add(put("a"));
    expect(outbox.read()).toHaveLength(1);
    await outbox.flush();
    expect(seen.tried).toEqual(["PUT a"]);
    expect(outbox.read()).toEqual([]);
  });
});
