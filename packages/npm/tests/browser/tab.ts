import { afterEach } from "vitest";
import {
  createPassClient,
  type PassClient,
  type PassClientOptions,
} from "../../src/browser/index.ts";

const clients: PassClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

/** The pass client of a tab that shows `user`'s pages, and what it said to the page. */
export function tab(
  tokenUrl: string,
  user: string | undefined = "ada",
  options: Partial<PassClientOptions> = {},
) {
  const others: string[] = [];
  const ends: string[] = [];
  const pass = createPassClient({
    api: "http://api.test",
    tokenUrl,
    userId: () => user,
    onOtherUser: (id) => others.push(id),
    onSessionOver: (reason) => ends.push(reason),
    ...options,
  });
  clients.push(pass);
  return { pass, others, ends };
}
