"use client";

import { createPassClient } from "gatepass/browser";
import { useState } from "react";

const pass = createPassClient({ api: "/", onSessionOver: () => location.reload() });

export function Who() {
  const [email, setEmail] = useState<string>();
  const ask = async () => setEmail((await (await pass.fetch("/api/me")).json()).email);
  return (
    <p>
      <button type="button" onClick={ask}>
        Who am I?
      </button>
      <span role="status">{email}</span>
    </p>
  );
}
