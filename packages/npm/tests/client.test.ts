import { createAuthClient } from "better-auth/client";
import { expect, test } from "vitest";
import { gatepassClient } from "../src/client/index.ts";
import { cookiesOf, createSite, ORIGIN, opened } from "./site.ts";

test("the client's gatepass.token() is typed and asks the endpoint", async () => {
  const site = await createSite();
  const cookie = cookiesOf(await site.signUp("ada@example.com"));
  const client = createAuthClient({
    baseURL: ORIGIN,
    plugins: [gatepassClient()],
    fetchOptions: {
      customFetchImpl: (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set("Cookie", cookie);
        return site.auth.handler(new Request(url, { ...init, headers }));
      },
    },
  });
  const { data, error } = await client.gatepass.token();
  expect(error).toBeNull();
  const token: string = data?.token ?? "";
  expect((await opened(token)).claims.email).toBe("ada@example.com");
});
