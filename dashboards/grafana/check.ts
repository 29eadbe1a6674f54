import type { Store } from "../../infra/store/port.ts";
import { boardFiles, type Files } from "./build.ts";
import type { Fault } from "./fault.ts";
import { inspect, type Statement } from "./inspect.ts";
import { type Choice, expand } from "./macros.ts";

/**
 * Checks boards and rules as far as that is possible without Grafana: the shape of every file, the lint, names that
 * point at each other, and every SQL of every panel, variable, annotation and rule on the given store.
 * @param store  migrated; it is only read
 * @returns      faults; empty when all is well
 */
export async function checkBoards(store: Store, files: Files = boardFiles()): Promise<Fault[]> {
  const { faults, statements } = inspect(files);
  const found = [...faults];
  for (const statement of statements) found.push(...(await run(store, statement)));
  return found;
}

/** Runs a statement twice: with all of every variable, and with values that would break careless quoting. */
async function run(store: Store, statement: Statement): Promise<Fault[]> {
  const to = new Date();
  const from = new Date(to.getTime() - 24 * 3_600_000);
  const { file, where, shape } = statement;
  for (const values of [[], ["440000", "O'Hara \\ co"]]) {
    const variables = Object.fromEntries(statement.variables.map((name) => [name, values]));
    const choice: Choice = { from, to, intervalSeconds: 60, variables };
    try {
      const sql = expand(statement.rawSql, choice);
      await store.query(sql);
      const columns = await store.query<{ name: string; type: string }>(`DESCRIBE (${sql})`);
      const fault = misshapen(shape, columns);
      if (fault !== undefined) return [{ file, where, ...fault }];
    } catch (error) {
      const got = error instanceof Error ? rootOf(error).message : String(error);
      return [{ file, where, expected: "SQL that runs", got: got.slice(0, 500) }];
    }
  }
  return [];
}

const rootOf = (error: Error): Error => (error.cause instanceof Error ? rootOf(error.cause) : error);

type Column = { readonly name: string; readonly type: string };
function misshapen(
  shape: Statement["shape"],
  columns: readonly Column[],
): { expected: string; got: string } | undefined {
  const got = columns.map((column) => `${column.name} ${column.type}`).join(", ");
  const is = (name: string, type: RegExp) => columns.some((column) => column.name === name && type.test(column.type));
  if (shape === "series" && !is("time", /^DateTime/)) return { expected: "a column time of type DateTime", got };
  if (shape === "figure" && (columns.length !== 1 || !is("value", /^(U?Int|Float)\d+$/)))
    return { expected: "one numeric column called value", got };
  return undefined;
}
