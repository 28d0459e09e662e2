import { afterEach, describe, expect, it, vi } from "vitest";
import { ApiError, NetworkError } from "../../src/api/errors";
import { createQueryClient } from "../../src/app/(signed-in)/query-client";
import { reportFailedAttempt, reportProblem } from "../../src/session/error-policy";
import { clearToasts, toastStore } from "../../src/ui/toast";
import { page } from "./page";

const tab = page();
afterEach(clearToasts);

const texts = () => toastStore.read().map(({ text }) => text);

function apiError(status: number, headers: Record<string, string> = {}) {
  const body = {
    detail: "A sentence.",
    status_code: status,
    error_type: status === 404 ? "not_found_error" : "some_error",
    request_id: "request-7",
    errors: status === 422 ? [{ field: "title", message: "Too long." }] : [],
  };
  return new ApiError(new Response(null, { status, headers }), body);
}

describe("the end of a session", () => {
  // The page leaves once and for all, so each reason gets a page of its own.
  it.each(["expired", "deactivated"] as const)(
    "%s leads to the login page and back",
    async (reason) => {
      vi.resetModules();
      const { reportProblem } = await import("../../src/session/error-policy");
      const { SessionOver } = await import("../../src/api/errors");
      reportProblem(new SessionOver(reason));
      reportProblem(new SessionOver(reason));
      expect(tab.went).toEqual([`/login?reason=${reason}&next=%2Fdashboard%3Fstatus%3Dopen`]);
      expect(document.documentElement.dataset.leaving).toBe("");
      expect(texts()).toEqual([]);
    },
  );
});

describe("notices", () => {
  it.each([
    [403, /^Access denied\./],
    [404, /^Not there any more\./],
    [422, /^Not accepted\. Too long\.$/],
    [500, /^Something went wrong on our side\..* Reference: request-7$/],
    [503, /^Connection lost\./],
  ])("%i is said in plain words and signs nobody out", (status, expected) => {
    reportProblem(apiError(status));
    expect(texts()).toEqual([expect.stringMatching(expected)]);
    expect(tab.went).toEqual([]);
  });

  it("a 404 of somebody on the way is no word about the item", () => {
    reportProblem(new ApiError(new Response(null, { status: 404 }), undefined));
    expect(texts()).toEqual([expect.stringMatching(/^That did not work\./)]);
  });

  it("429 says how long to wait", () => {
    reportProblem(apiError(429, { "Retry-After": "7" }));
    expect(texts()).toEqual(["Too many requests. Try again in 7 seconds."]);
  });

  it("what the page says in place is not said twice, except that access is denied", () => {
    reportProblem(apiError(500), true);
    reportProblem(new NetworkError(new TypeError()), true);
    expect(texts()).toEqual([]);
    reportProblem(apiError(403), true);
    expect(texts()).toHaveLength(1);
  });

  it("an attempt that nobody repeats promises nothing", () => {
    for (const error of [new NetworkError(new TypeError()), apiError(503)])
      reportFailedAttempt(error);
    expect(texts()).toEqual(["The server cannot be reached right now. Try again in a moment."]);
    reportFailedAttempt(apiError(404));
    expect(texts()[1]).toMatch(/^Not there any more\./);
  });

  it("the same problem from many requests is one notice", () => {
    for (let i = 0; i < 5; i++) reportProblem(apiError(403));
    expect(texts()).toHaveLength(1);
  });
});

describe("the query client", () => {
  it("hands the failure of a query to the policy, without retries of its own", async () => {
    const client = createQueryClient();
    const queryFn = vi.fn(() => Promise.reject(apiError(403)));
    await client.fetchQuery({ queryKey: ["a"], queryFn }).catch(() => {});
    expect(queryFn).toHaveBeenCalledTimes(1);
    expect(texts()).toEqual([expect.stringMatching(/^Access denied/)]);
    client.clear();
  });
});
