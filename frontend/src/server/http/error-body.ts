import { requestScope } from "./request-scope.ts";

/** The names that the API gives to statuses too. */
const TYPES: Record<number, string> = {
  400: "bad_request_error",
  401: "authentication_error",
  403: "authorization_error",
  404: "not_found_error",
  405: "method_not_allowed_error",
  408: "request_timeout_error",
  409: "conflict_error",
  411: "length_required_error",
  413: "payload_too_large_error",
  414: "uri_too_long_error",
  422: "validation_error",
  429: "too_many_requests_error",
  431: "headers_too_large_error",
  500: "internal_error",
  503: "service_unavailable_error",
};

/**
 * The body of an error that this server itself answers: the API's shape, and the `code` and
 * `message` of Better Auth's errors, which its clients read.
 */
export function errorBody(status: number, code: string, detail: string) {
  return {
    detail,
    status_code: status,
    error_type: TYPES[status] ?? "unknown_error",
    request_id: requestScope.getStore()?.requestId ?? null,
    code,
    message: detail,
  };
}
