"use client";

import { useEffect, useState } from "react";
import { Notice } from "../ui/notice";
import type { FormProblem } from "./auth-error-texts";

/** A problem of the whole form. A wait counts down silently: the timer is not announced each second. */
export function FormProblemNotice({ problem, id }: { problem: FormProblem; id: string }) {
  return (
    <Notice tone="danger" role="alert" id={id}>
      {problem.text}
      {problem.wait !== undefined && <Countdown seconds={problem.wait} />}
    </Notice>
  );
}

function Countdown({ seconds }: { seconds: number }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = Date.now() + seconds * 1000;
    const timer = setInterval(
      () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000))),
      250,
    );
    return () => clearInterval(timer);
  }, [seconds]);
  return (
    <span role="timer" className="tabular-nums">
      {left > 0
        ? ` Try again in ${left === 1 ? "1 second" : `${left} seconds`}.`
        : " You can try again now."}
    </span>
  );
}
