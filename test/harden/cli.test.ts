import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { tocsin } from "../e2e/tocsin.ts";

const MAIN = fileURLToPath(new URL("../../infra/cli/main.ts", import.meta.url));

/** Packages that are loaded with a file, through files of ours too; what `import()` names is not. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const lines = readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm);
  for (const [, name = ""] of lines) {
    if (name.startsWith(".")) for (const inner of packagesOf(join(dirname(file), name), seen)) packages.add(inner);
    else if (!name.startsWith("node:")) packages.add(name);
  }
  return packages;
}

describe("the command line", () => {
  test("help and wrong verbs load nothing but what reads words and writes lines", () => {
    expect([...packagesOf(MAIN)].sort()).toEqual(["commander", "pino"]);
  });

  test.each([
    [["--help"], 0, /Commands:/, /^$/],
    [["--version"], 0, /^\d+\.\d+\.\d+\n$/, /^$/],
    [[], 2, /^$/, /expected one of: demo, up, replay/],
    [["wrong"], 2, /^$/, /unknown command 'wrong'\nexpected one of: demo, up, replay/],
    [["import", "wrong"], 2, /^$/, /unknown command 'wrong'\nexpected one of: olist\n/],
    [["dead-letters"], 2, /^$/, /expected one of: list, show, replay, remove\n/],
    [["replay"], 2, /^$/, /missing required argument 'file'/],
    [["replay", "--speed", "0", "x"], 2, /^$/, /expected a positive number/],
  ] as const)("%j ends with %i", async (args, code, out, err) => {
    const ended = await tocsin(args);
    expect(ended.err).toMatch(err);
    expect(ended.out).toMatch(out);
    expect(ended.code).toBe(code);
  });
});
