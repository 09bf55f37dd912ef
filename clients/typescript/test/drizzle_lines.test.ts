import { npmVersion } from "drizzle-orm/version";
import { expect, test } from "vitest";

test("the library under test resolves drizzle-orm to the line of its project", () => {
  expect(npmVersion.startsWith(`${process.env["DRIZZLE_LINE"]}.`)).toBe(true);
});
