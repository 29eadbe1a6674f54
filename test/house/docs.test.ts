import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REFERENCE_FILE, reference } from "../../infra/config/reference.ts";

test("the configuration reference says what the schemas say (npm run docs)", () => {
  expect(readFileSync(REFERENCE_FILE, "utf8")).toBe(reference());
});
