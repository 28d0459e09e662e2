import { HttpResponse, http } from "msw";
import { expect, it } from "vitest";
import { beginSession, browserSession } from "../../src/session/session-end";
import { connection } from "../../src/session/tab-api";
import { network, passFor } from "./network";
import { page } from "./page";

const ISSUER = "http://site.test/api/auth/gatepass/token";
const server = network(http.get("http://api.test/ready", () => HttpResponse.json({})));
page();

it.each([500, 404, 429])(
  "while the issuer answers %i and no pass is in hand, the connection is lost",
  async (status) => {
    beginSession({ id: "ada", email: "ada@example.com", name: "Ada" });
    let answer = () => new HttpResponse(null, { status });
    server.use(http.get(ISSUER, () => answer()));
    connection().lost(60_000);
    await connection().check();
    expect(connection().isLost()).toBe(true);
    answer = () => HttpResponse.json({ token: passFor("ada") });
    await connection().check();
    expect(connection().isLost()).toBe(false);
    browserSession().pass.clear();
  },
);
