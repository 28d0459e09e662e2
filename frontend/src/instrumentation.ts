import type { Instrumentation } from "next";

/** Next.js calls this with whatever a page, a route or the proxy threw. */
export const onRequestError: Instrumentation.onRequestError = async (error, request, context) => {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  const { log } = await import("./server/http/log.ts");
  const { path, method } = request;
  log.error("request_failed", { method, path, route: context.routePath, error });
};
