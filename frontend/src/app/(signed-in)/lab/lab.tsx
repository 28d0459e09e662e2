"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { useOwned } from "../../../owned/provider";
import { browserSession } from "../../../session/session-end";
import { Button } from "../../../ui/button";
import { PassCard } from "../../../ui/pass-card";
import { Section } from "../section";
import { type Experiment, experiments } from "./experiments";
import "./lab.css";
import { type Line, listenToWire, nameOf, type Wire } from "./wire";

/** What happened last, by the experiment's title: it outlives the end of the session. */
type Stories = Record<string, Line[]>;

const STORIES = "gatepass-lab";

const remembered = (): Stories => JSON.parse(sessionStorage.getItem(STORIES) ?? "{}");

/** At once: a line may be the last before the page is left. */
function remember(stories: Stories): Stories {
  sessionStorage.setItem(STORIES, JSON.stringify(stories));
  return stories;
}

/** Every edge of the seam, to be seen: what the browser did, what the servers said, and why. */
export function Lab() {
  const { userId } = useOwned();
  const wire = useRef<Wire>(undefined);
  const running = useRef<string>(undefined);
  const [stories, setStories] = useState<Stories>({});
  const [busy, setBusy] = useState<string>();

  const say = useCallback((line: Line) => {
    const title = running.current;
    if (!title) return;
    const told = remembered();
    setStories(remember({ ...told, [title]: [...(told[title] ?? []), line] }));
  }, []);

  useEffect(() => {
    setStories(remembered());
    const opened = listenToWire(say);
    wire.current = opened;
    return opened.close;
  }, [say]);

  async function start({ title, run }: Experiment): Promise<void> {
    if (!wire.current) return;
    setStories(remember({ ...stories, [title]: [] }));
    running.current = title;
    setBusy(title);
    await run({ wire: wire.current, userId, say }).finally(() => {
      running.current = undefined;
      setBusy(undefined);
    });
  }

  return (
    <>
      <div className="mb-10">
        <PassCard stub="In development only" title="Expiry lab">
          <PassInHand />
        </PassCard>
      </div>
      {experiments.map((experiment) => (
        <Section key={experiment.title} title={experiment.title} text={experiment.setting}>
          <Button
            variant="quiet"
            busy={busy === experiment.title}
            disabled={busy !== undefined && busy !== experiment.title}
            onClick={() => start(experiment)}
          >
            {experiment.action}
          </Button>
          <Story {...experiment} lines={stories[experiment.title] ?? []} />
        </Section>
      ))}
    </>
  );
}

function Story({ title, why, lines }: { title: string; why: string; lines: Line[] }) {
  return (
    <div role="log" aria-label={title}>
      {lines.length > 0 && (
        <>
          <ol className="mt-5 grid gap-2">
            {lines.map(({ who, text }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end
              <li key={index} className="lab-line">
                <span className="stub">{who}</span>
                <span className="[overflow-wrap:anywhere]">{text}</span>
              </li>
            ))}
          </ol>
          <p className="mt-4 text-sm leading-relaxed text-muted">{why}</p>
        </>
      )}
    </div>
  );
}

/** The pass as this tab believes it to be. Looking at it does not renew it. */
function PassInHand() {
  const [token, setToken] = useState<string>();
  const [freshFor, setFreshFor] = useState(0);

  useEffect(() => {
    const look = async () => {
      const { pass } = browserSession();
      setFreshFor(pass.freshFor());
      if (pass.freshFor() > 0) setToken(await pass.token());
    };
    const timer = setInterval(() => void look().catch(() => {}), 250);
    return () => clearInterval(timer);
  }, []);

  if (!token) return <p className="text-muted">This tab has not needed a pass yet.</p>;
  const { iat, exp, ...claims } = claimsOf(token);
  const rows = { pass: nameOf(token), ...claims, iat: time(iat), exp: time(exp) };
  return (
    <dl className="lab-claims">
      {Object.entries(rows).map(([name, value]) => (
        <div key={name}>
          <dt className="stub">{name}</dt>
          <dd className="[overflow-wrap:anywhere]">{String(value)}</dd>
        </div>
      ))}
      <div>
        <dt className="stub">Renewed in</dt>
        <dd role="timer" className="tabular-nums">
          {Math.floor(freshFor / 60_000)}:
          {String(Math.floor(freshFor / 1000) % 60).padStart(2, "0")}
        </dd>
      </div>
    </dl>
  );
}

function claimsOf(token: string): Record<string, unknown> {
  const part = token.split(".")[1] ?? "";
  const bytes = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0))));
}

const time = (seconds: unknown): string => new Date(Number(seconds) * 1000).toLocaleTimeString();
