import { expect, test } from "vitest";
import { scriptsIn } from "../src/server/http/page-scripts.ts";

test("the scripts of a page are a convenience: without Next.js's file there are none", () => {
  expect(scriptsIn("/nowhere/page_client-reference-manifest.js")).toEqual([]);
});
