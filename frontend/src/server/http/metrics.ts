import { perProcess } from "./per-process.ts";

type Count = (event: string, outcome: "success" | "failure" | "fault") => void;

/** Who counts sign-ins, renewals and so on, if anybody wants to know. */
export const metrics = perProcess<{ count?: Count }>("metrics", () => ({}));
