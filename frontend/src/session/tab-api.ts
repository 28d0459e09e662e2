import { apiBaseUrl } from "../api/base-url";
import { type Api, createApi } from "../api/client";
import { type Connection, createConnection } from "../api/connection";
import { failureOf, isPassing } from "../api/errors";
import { browserSession } from "./session-end";

let shared: { api: Api; connection: Connection } | undefined;

/** Whether the API answers, and the issuer gives a pass unless one is in hand. */
async function probe(): Promise<boolean> {
  const { pass } = browserSession();
  const signal = AbortSignal.timeout(5000);
  const ready = await fetch(`${apiBaseUrl()}/ready`, { cache: "no-store", signal });
  if (!ready.ok || pass.freshFor() > 0) return ready.ok;
  return pass.token().then(
    () => true,
    (error) => !isPassing(failureOf(error)),
  );
}

function wired() {
  if (!shared) {
    const { pass, channel } = browserSession();
    const connection = createConnection(probe);
    // What one tab notices the others make sure of: a hidden one is slow to notice by itself.
    connection.subscribe(() => channel.send({ type: "connection", lost: connection.isLost() }));
    channel.on((message) => {
      if (message.type === "connection" && message.lost !== connection.isLost())
        void connection.check();
    });
    const api = createApi({ baseUrl: apiBaseUrl(), pass, connection });
    shared = { api, connection };
  }
  return shared;
}

/** The tab's API client. Browser only. */
export const api = (): Api => wired().api;

/** The tab's view of the connection. Browser only. */
export const connection = (): Connection => wired().connection;
