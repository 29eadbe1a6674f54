import { parseDocument } from "yaml";
import type { z } from "zod";
import type { Files } from "./build.ts";
import type { Fault } from "./fault.ts";
import { lintBoard, lintBound, nameOf } from "./lint.ts";
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
export type Statement = {
  readonly file: string;
  readonly where: string;
  readonly rawSql: string;
  readonly variables: readonly string[];
  /** "series" must have a time column, "figure" one numeric column called value. */
  readonly shape: "series" | "table" | "figure";
};

export type Inspection = { readonly faults: readonly Fault[]; readonly statements: readonly Statement[] };

/**
 * What can be seen wrong without running anything: the shape of every file, the lint, and names that point at each
 * other. Gives back every SQL found on the way.
 */
export function inspect(files: Files): Inspection {
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
  return { faults, statements };
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
