import { describe, expect, test } from "vitest";
import { gatepass, signToken } from "../src/server/index.ts";
import { cookiesOf, createSite, opened, SECRET } from "./site.ts";

describe("expiresIn", () => {
  test.each([0, -1, 86_401, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3600"])(
    "%s is refused with the bounds",
    async (expiresIn) => {
      const bounds = /^gatepass: expiresIn must be a whole number of seconds from 1 to 86400, not /;
      expect(() => gatepass({ expiresIn: expiresIn as number })).toThrow(bounds);
      const ada = { id: "ada", email: "ada@example.com" };
      const signing = signToken(ada, { secret: SECRET }, expiresIn as number);
      await expect(signing).rejects.toThrow(bounds);
    },
  );

  test.each([1, 299, 300, 86_400])("%i s is the token's lifetime", async (expiresIn) => {
    const site = await createSite({ expiresIn });
    const cookie = cookiesOf(await site.signUp("ada@example.com"));
    const { token } = await (await site.get("/gatepass/token", cookie)).json();
    const { claims } = await opened(token);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(expiresIn);
  });

  test("below 300 s it warns, from there on it does not", async () => {
    expect((await createSite({ expiresIn: 299 })).warnings.join()).toContain("only 299 s");
    expect((await createSite({ expiresIn: 300 })).warnings).toEqual([]);
  });
});

test.each(["isActive", "claims"])("%s: what is no function is refused", (name) => {
  for (const value of ["no", true, null, {}])
    expect(() => gatepass({ [name]: value })).toThrow(`gatepass: ${name} must be a function`);
});
