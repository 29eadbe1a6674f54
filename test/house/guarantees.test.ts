import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const claims = readFileSync(`${ROOT}infra/GUARANTEES.md`, "utf8");
const named = [...claims.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)].map(([, file = "", words = ""]) => ({ file, words }));

test("there are claims with tests", () => {
  expect(named.length).toBeGreaterThan(20);
  // No file is named without the test in it.
  expect([...claims.matchAll(/`test\/[^`]+`/g)]).toHaveLength(named.length);
});

test.each(named)("$file has a test that says: $words", ({ file, words }) => {
  const says = readFileSync(`${ROOT}${file}`, "utf8");
  expect(says).toContain(words);
});
