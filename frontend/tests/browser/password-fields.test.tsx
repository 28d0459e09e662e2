import { renderToStaticMarkup } from "react-dom/server";
import { expect, it, vi } from "vitest";
import { PasswordForm } from "../../src/app/(signed-in)/account/password-form";
import { AuthForm } from "../../src/session/auth-form";
import { page } from "./page";

vi.mock("next/navigation", () => ({ useRouter: () => ({}) }));
page();

const form = { submit: "Go", next: "/", problem: undefined, scripts: [] };

it.each([
  ["sign-up", 1, <AuthForm key="1" {...form} kind="sign-up" />],
  ["a change", 2, <PasswordForm key="2" email="ada@example.com" />],
])("no browser cuts the password of %s short without a word", (_, count, element) => {
  const fields = renderToStaticMarkup(element).match(/<input[^>]*type="password"[^>]*>/g) ?? [];
  expect(fields).toHaveLength(count);
  expect(fields.join()).not.toMatch(/maxlength/i);
});
