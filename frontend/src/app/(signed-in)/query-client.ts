import { QueryCache, QueryClient } from "@tanstack/react-query";
import { reportProblem } from "../../session/error-policy";

/**
 * The cache of what the API has answered. Failures go the way of all: see session/error-policy.ts.
 * Repeating is the API client's business, also while the browser believes to be offline; what the
 * server has rendered counts as fresh for half a minute.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError(error, { state }) {
        // A list says itself that it, or one of its later pages, could not be loaded.
        const inPlace = state.data === undefined || state.fetchMeta?.fetchMore !== undefined;
        reportProblem(error, inPlace);
      },
    }),
    defaultOptions: {
      queries: {
        retry: false,
        networkMode: "always",
        staleTime: 30_000,
      },
    },
  });
}
