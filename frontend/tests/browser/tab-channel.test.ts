import { afterEach, expect, it } from "vitest";
import { createTabChannel, type TabMessage } from "../../src/session/tab-channel";

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

it("tabs hear each other, and nothing that is no message", async () => {
  const channel = createTabChannel("tabs-test");
  const other = new BroadcastChannel("tabs-test");
  open.push(channel, other);
  const heard: TabMessage[] = [];
  const last = new Promise<void>((resolve) => {
    channel.on((message) => {
      heard.push(message);
      if (message.type === "check") resolve();
    });
  });
  for (const said of [
    null,
    "check",
    {},
    { type: "here" },
    { type: "here", userId: 7 },
    { type: "connection", lost: "yes" },
    { type: "constructor" },
    { type: "here", userId: "ada" },
    { type: "connection", lost: true },
    { type: "check" },
  ])
    other.postMessage(said);
  await last;
  expect(heard.map(({ type }) => type)).toEqual(["here", "connection", "check"]);
});
