import { readFile } from "node:fs/promises";

/** The columns of a table of the first migration, in camel case. */
export async function tableColumns(table: string): Promise<string[]> {
  const sql = await readFile(new URL("../../infra/store/migrations/0001_base.sql", import.meta.url), "utf8");
  const body = new RegExp(`CREATE TABLE ${table} \\(\\n(.*?)\\n\\) ENGINE`, "s").exec(sql)?.[1];
  if (body === undefined) throw new Error(`expected a table ${table} in the migration`);
  return [...body.matchAll(/^ {2}([a-z_]+) /gm)].map(([, name]) =>
    (name as string).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
  );
}
