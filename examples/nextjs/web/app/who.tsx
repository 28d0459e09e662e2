"use client";

import { createPassClient, type PassClient } from "gatepass/browser";
import { useState } from "react";

// Made when it is asked for: this module runs on the server too, which is no page.
let pass: PassClient | undefined;

export function Who() {
  const [email, setEmail] = useState<string>();
  const ask = async () => {
    pass ??= createPassClient({ api: "/", onSessionOver: () => location.reload() });
    setEmail((await (await pass.fetch("/api/me")).json()).email);
  };
  return (
    <p>
      <button type="button" onClick={ask}>
        Who am I?
      </button>
      <span role="status">{email}</span>
    </p>
  );
}
