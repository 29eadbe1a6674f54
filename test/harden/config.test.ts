import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPolicy } from "../../infra/config/policy.ts";
import { readSettings } from "../../infra/config/settings.ts";
import { ConfigError } from "../../infra/config/yaml.ts";
import { scratch, tocsin } from "../e2e/tocsin.ts";

const dir = await scratch();
await mkdir(join(dir, "folder.yaml"));

test.each([
  ["missing.yaml", undefined, /missing\.yaml: expected a YAML file, found nothing of that name$/],
  ["folder.yaml", undefined, /folder\.yaml: expected a YAML file, got a directory$/],
  ["broken.yaml", "track: [1,\n", /broken\.yaml: expected YAML: .* at line 2, column 1$/],
  ["text.yaml", "hello\n", /text\.yaml: expected a map of names and values, got "hello"$/],
  ["list.yaml", "- 1\n", /list\.yaml: expected a map of names and values, got \[1\]$/],
  ["strange.yaml", "nonsense: 1\n", /strange\.yaml has 1 fault\(s\):\n.*nonsense/],
])("%s is refused in one sentence, as settings and as policy", async (name, text, message) => {
  const file = join(dir, name);
  if (text !== undefined) await writeFile(file, text);
  for (const read of [() => readPolicy(file), () => readSettings(file, { TOCSIN_DIR: "x" })]) {
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  }
});

test("an empty file is one that says nothing", async () => {
  const file = join(dir, "empty.yaml");
  await writeFile(file, "");
  expect(readSettings(file, {})).toEqual(readSettings(undefined, {}));
  expect(readPolicy(file)).toEqual(readPolicy());
});

test("looking at dead letters makes no store where there is none", async () => {
  const data = join(dir, "nothing");
  const { code, out, err } = await tocsin(["dead-letters", "list", "--data", data, "--json"]);
  expect(err).toContain(`${data}: expected the data directory of a Tocsin, found no store in it`);
  expect([code, out]).toEqual([1, ""]);
  expect(await readdir(dir)).not.toContain("nothing");
});

test.each([
  ["dead-letters", "list", "--reason", "nonsense"],
  ["demo", "--seed", "abc"],
])("%s %s %s %s is wrong use", async (...args) => {
  const { code, out, err } = await tocsin(args);
  expect(err).toMatch(/^error: option .* is invalid\. .*\n$/);
  expect([code, out]).toEqual([2, ""]);
});
