import { reportProblem } from "../../../session/error-policy";
import { browserSession } from "../../../session/session-end";
import { api } from "../../../session/tab-api";
import type { Line, Wire } from "./wire";

/** What an experiment may do to this page, and where it says what a listener cannot hear. */
export type Bench = { wire: Wire; userId: string; say: (line: Line) => void };

export type Experiment = {
  title: string;
  setting: string;
  action: string;
  why: string;
  run: (bench: Bench) => Promise<unknown>;
};

export const experiments: Experiment[] = [
  {
    title: "A pass that is over",
    setting: "A tab that does not know it: the computer slept, or its clock is wrong.",
    action: "Expire now",
    why: "The API decides by the pass alone, before it does anything; so whatever it refused may be sent again, once, with a fresh pass. All requests and all tabs share the one renewal.",
    async run() {
      const { token } = await (await fetch("/lab/elsewhere")).json();
      browserSession().pass.adopt(token);
      await readWhoIAm();
    },
  },
  {
    title: "A forged pass",
    setting: "One character of the signature is another.",
    action: "Tamper",
    why: "To the browser one 401 is like another: it renews, as only the holder of a session can. A forger has none and ends here. The API names the reason in the header and in its log.",
    async run() {
      const { pass } = browserSession();
      const token = await pass.token();
      const other = token.at(-3) === "A" ? "B" : "A";
      pass.adopt(token.slice(0, -3) + other + token.slice(-2));
      await readWhoIAm();
    },
  },
  {
    title: "Somebody else's tasks",
    setting: "A good pass, and a path that is not its holder's.",
    action: "Another user's path",
    why: "The user in the path is not the pass's sub: decided without the database, whether or not there is such a user. A fresh pass would change nothing, so none is asked for, and nobody is signed out.",
    run: ({ userId }) => readTasks(`not-${userId}`).catch(reportProblem),
  },
  {
    title: "A session that is over",
    setting: "Ended on another device. This tab learns of it when it asks for its next pass.",
    action: "End the session elsewhere",
    why: "A pass cannot be called back: the API took it until its end. The issuer did not give another. So every tab went to the sign-in page, and this one came back here afterwards.",
    async run({ say }) {
      await fetch("/lab/elsewhere", { method: "POST" });
      say({ who: "Issuer", text: "has no such session any more" });
      await readWhoIAm();
      say({ who: "Browser", text: "asks in four seconds, as if the tab came back into view" });
      await seconds(4);
      await browserSession().pass.check().catch(reportProblem);
    },
  },
  {
    title: "No network",
    setting: "For five seconds, while something is read.",
    action: "Go offline",
    why: "No answer is no refusal: nobody is signed out. What may take effect twice is not sent again; everything else is, after pauses that grow. The page says so above and has a button for the impatient.",
    async run({ wire }) {
      wire.cut(true);
      await Promise.all([readWhoIAm(), seconds(5).then(() => wire.cut(false))]);
    },
  },
  {
    title: "A slow API",
    setting: "Its answer takes twenty seconds.",
    action: "Slow API",
    why: "An attempt has fifteen seconds. The API did its work all the same, which the browser cannot know; a POST would not be sent again for that reason.",
    async run({ wire }) {
      wire.holdNext(20_000);
      await readWhoIAm();
    },
  },
];

const readWhoIAm = () => api().GET("/api/me");

const readTasks = (user_id: string) =>
  api().GET("/api/users/{user_id}/tasks", { params: { path: { user_id } } });

const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));
