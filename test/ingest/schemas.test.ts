import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { SCHEMA_DIR, schemaFiles } from "../../ingest/contracts/generate.ts";
import { actionMessage, pageMessage } from "../../ingest/contracts/out.ts";
import { tableColumns } from "./migration.ts";

test("the schema files are those the contracts give: run `npm run schemas`", async () => {
  const files = (await readdir(SCHEMA_DIR)).filter((name) => name.endsWith(".schema.json"));
  const found = await Promise.all(files.map(async (name) => [name, await readFile(new URL(name, SCHEMA_DIR), "utf8")]));
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(schemaFiles()));
});

test.each([
  ["actions", actionMessage],
  ["page_changes", pageMessage],
] as const)("a message has the fields of the table %s", async (table, contract) => {
  expect(Object.keys(contract.shape)).toEqual(await tableColumns(table));
});
