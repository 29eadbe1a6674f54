import { parseDocument } from "yaml";
import type { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { boardFiles, type Files } from "./build.ts";
import type { Fault } from "./fault.ts";
import { lintBoard, lintBound, nameOf } from "./lint.ts";
import { type Choice, expand } from "./macros.ts";
import { type Board, boardFile, contactsFile, policiesFile, providersFile, rulesFile, sourcesFile } from "./schemas.ts";
import { EXPRESSION, SOURCE } from "./source.ts";

const YAML_FILES: readonly [folder: RegExp, schema: z.ZodType][] = [
  [/^provisioning\/datasources\/[\w-]+\.yaml$/, sourcesFile],
  [/^provisioning\/dashboards\/[\w-]+\.yaml$/, providersFile],
  [/^provisioning\/alerting\/[\w-]*rules\.yaml$/, rulesFile],
  [/^provisioning\/alerting\/[\w-]*contact-points\.yaml$/, contactsFile],
  [/^provisioning\/alerting\/[\w-]*policies\.yaml$/, policiesFile],
];

/** One SQL of the files and what must come out of it. */
type Statement = {
  readonly file: string;
  readonly where: string;
  readonly rawSql: string;
  readonly variables: readonly string[];
  /** "series" must have a time column, "figure" one numeric column called value. */
  readonly shape: "series" | "table" | "figure";
};

/**
 * Checks boards and rules as far as that is possible without Grafana: the shape of every file, the lint, names that
 * point at each other, and every SQL of every panel, variable, annotation and rule on the given store.
 * @param store  migrated; its data is read only
 * @returns      faults; empty when all is well
 */
export async function checkBoards(store: Store, files: Files = boardFiles()): Promise<Fault[]> {
  const faults: Fault[] = [];
  const statements: Statement[] = [];
  const boards = new Map<string, Board>();
  const parsed = new Map<z.ZodType, unknown[]>();
  for (const [file, text] of files) {
    if (/^dashboards\/.*\.json$/.test(file)) {
      const board = read(file, boardFile, JSON.parse(text), faults);
      if (board === undefined) continue;
      boards.set(board.uid, board);
      faults.push(...lintBoard(file, board));
      statements.push(...boardStatements(file, board));
      continue;
    }
    const schema = YAML_FILES.find(([folder]) => folder.test(file))?.[1];
    if (schema === undefined) {
      faults.push({ file, where: "file", expected: "a kind of file Grafana loads from there", got: file });
      continue;
    }
    const document = parseDocument(text, { uniqueKeys: true });
    for (const error of document.errors) faults.push({ file, where: "file", expected: "YAML", got: error.message });
    const value = read(file, schema, document.toJS(), faults);
    if (value !== undefined) parsed.set(schema, [...(parsed.get(schema) ?? []), value]);
    if (schema === rulesFile && value !== undefined)
      statements.push(...ruleStatements(file, rulesFile.parse(value), boards, faults));
  }
  faults.push(...lintRoutes(parsed));
  for (const statement of statements) faults.push(...(await run(store, statement)));
  return faults;
}

function read<S extends z.ZodType>(file: string, schema: S, value: unknown, faults: Fault[]): z.output<S> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues)
    faults.push({ file, where: issue.path.join(".") || "file", expected: "the file's schema", got: issue.message });
  return undefined;
}

function boardStatements(file: string, board: Board): Statement[] {
  const variables = board.templating.list.map((variable) => variable.name);
  const shapes = ["series", "table"] as const;
  return [
    ...board.panels.flatMap((panel) =>
      panel.targets.map(({ rawSql, format }) => ({
        file,
        where: nameOf(panel),
        rawSql,
        variables,
        shape: shapes[format],
      })),
    ),
    ...board.templating.list.map(({ name, query }) => {
      return { file, where: `variable ${name}`, rawSql: query.rawSql, variables, shape: "table" as const };
    }),
    ...board.annotations.list.map(({ name, target }) => {
      return { file, where: `annotation ${name}`, rawSql: target.rawSql, variables, shape: "series" as const };
    }),
  ];
}

function ruleStatements(
  file: string,
  { groups }: z.output<typeof rulesFile>,
  boards: ReadonlyMap<string, Board>,
  faults: Fault[],
): Statement[] {
  return groups.flatMap((group) =>
    group.rules.map((rule) => {
      const where = `rule ${rule.uid}`;
      const say = (expected: string, got: string) => faults.push({ file, where, expected, got });
      const panel = boards.get(rule.dashboardUid)?.panels.find((p) => p.id === rule.panelId && p.type !== "row");
      if (panel === undefined) say("a panel that exists", `${rule.dashboardUid} ${rule.panelId}`);
      for (const [i, step] of rule.data.entries()) {
        const uid = i === 0 ? SOURCE.uid : EXPRESSION.uid;
        if (step.datasourceUid !== uid || step.model.datasource.uid !== uid)
          say(`data source ${uid}`, step.datasourceUid);
      }
      const { rawSql } = rule.data[0].model;
      lintBound(where, rawSql, (_, expected, got) => say(expected, got));
      // A rule has no board around it, so no variables.
      return { file, where, rawSql, variables: [], shape: "figure" as const };
    }),
  );
}

/** Receivers named in the policies must exist, and the watchdog must have a way out of its own. */
function lintRoutes(parsed: ReadonlyMap<z.ZodType, readonly unknown[]>): Fault[] {
  const file = "provisioning/alerting";
  const contacts = (parsed.get(contactsFile) ?? []).flatMap((x) => contactsFile.parse(x).contactPoints);
  const [policy] = (parsed.get(policiesFile) ?? []).flatMap((x) => policiesFile.parse(x).policies);
  if (policy === undefined) return [{ file, where: "policies", expected: "one tree of policies", got: "none" }];
  const known = contacts.map((contact) => contact.name);
  const faults = [policy.receiver, ...policy.routes.map((route) => route.receiver)]
    .filter((name) => !known.includes(name))
    .map((got) => ({ file, where: "policies", expected: `one of the receivers ${known.join(", ")}`, got }));
  const rules = (parsed.get(rulesFile) ?? []).flatMap((x) => rulesFile.parse(x).groups.flatMap((group) => group.rules));
  const watchdog = rules.some((rule) => rule.labels.component === "watchdog");
  const way = policy.routes.some((route) => route.object_matchers.some(([, , value]) => value === "watchdog"));
  if (!watchdog || !way)
    faults.push({ file, where: "watchdog", expected: "a rule that always fires and its route", got: "none" });
  return faults;
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
