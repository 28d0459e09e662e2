import { expect, it } from "vitest";
import { leftBehind } from "../../src/app/(signed-in)/account/delete-account";
import { AuthError } from "../../src/session/auth-client";
import { problemOf } from "../../src/session/auth-error-texts";

const refused = (status: number, code?: string) =>
  problemOf(new AuthError(new Response(null, { status }), code ? { code } : undefined));

it.each([
  ["the API keeps the tasks", refused(503, "DATA_NOT_DELETED")],
  ["nobody was asked", refused(429)],
])("the account is still there when %s", (_, problem) => {
  expect(leftBehind(problem)).toBe("The account is still there.");
});

it.each([
  ["the accounts' database fails", refused(500)],
  ["no answer comes", problemOf(new TypeError("no answer"))],
])("the tasks may be gone when %s", (_, problem) => {
  expect(leftBehind(problem)).toBe("What is in it may already be gone. Try again to finish.");
});
