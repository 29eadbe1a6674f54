import { z } from "zod";

// Grafana reads these files without strictness: a misspelt key vanishes without a word. So every object is strict here.
const name = z.string().min(1);
/** Grafana expands `$x` from its environment here, and an unset one empties the text. */
const literal = name.refine((text) => !/(?<!\$)\$(?!\$)/.test(text), "expected no single $ (write $$)");
const duration = z.string().regex(/^\d+(s|m|h|d)$/, "expected a duration such as 5m");
const uid = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, "expected at most 40 of A-Z a-z 0-9 _ -");

const source = z.strictObject({ type: name, uid: name });
const range = z.strictObject({ from: z.number().int().nonnegative(), to: z.number().int().nonnegative() });
const sqlModel = z.strictObject({
  refId: z.literal("A"),
  datasource: source,
  editorType: z.literal("sql"),
  rawSql: name,
  format: z.literal(1),
  queryType: z.literal("table"),
});
const reduceModel = z.strictObject({
  refId: z.literal("B"),
  datasource: source,
  type: z.literal("reduce"),
  expression: z.literal("A"),
  reducer: z.literal("last"),
  settings: z.strictObject({ mode: z.literal("") }),
});
const limit = (type: "gt" | "lt") => z.strictObject({ type: z.literal(type), params: z.tuple([z.number()]) });
const condition = z
  .strictObject({ evaluator: limit("gt"), unloadEvaluator: limit("lt") })
  .refine((c) => c.unloadEvaluator.params[0] <= c.evaluator.params[0], "expected to calm at or below where it fires");
const thresholdModel = z.strictObject({
  refId: z.literal("C"),
  datasource: source,
  type: z.literal("threshold"),
  expression: z.literal("B"),
  conditions: z.tuple([condition]),
});
const step = <M extends z.ZodType>(refId: "A" | "B" | "C", model: M) =>
  z.strictObject({ refId: z.literal(refId), relativeTimeRange: range, datasourceUid: name, model });

const rule = z.strictObject({
  uid,
  title: literal,
  condition: z.literal("C"),
  data: z.tuple([step("A", sqlModel), step("B", reduceModel), step("C", thresholdModel)]),
  noDataState: z.enum(["OK", "Alerting", "NoData", "KeepLast"]),
  execErrState: z.enum(["OK", "Alerting", "Error", "KeepLast"]),
  for: duration,
  keepFiringFor: duration,
  dashboardUid: uid,
  panelId: z.number().int().positive(),
  annotations: z.strictObject({ summary: name, description: name, runbook_url: z.url() }),
  labels: z.strictObject({ severity: z.enum(["critical", "warning", "none"]), team: literal, component: literal }),
  isPaused: z.literal(false),
});
export const rulesFile = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({ orgId: z.literal(1), name, folder: literal, interval: duration, rules: z.array(rule).min(1) }),
  ),
});

export const contactsFile = z.strictObject({
  apiVersion: z.literal(1),
  contactPoints: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: literal,
      receivers: z.array(
        z.strictObject({
          uid,
          type: z.literal("webhook"),
          disableResolveMessage: z.boolean(),
          settings: z.strictObject({ url: z.intersection(literal, z.url()), httpMethod: z.enum(["POST", "PUT"]) }),
        }),
      ),
    }),
  ),
});

const timing = { group_wait: duration, group_interval: duration, repeat_interval: duration };
const matcher = z.tuple([name, z.enum(["=", "!=", "=~", "!~"]), z.string()]);
const route = z
  .strictObject({ receiver: name, object_matchers: z.array(matcher).min(1), group_by: z.array(name), ...timing })
  .partial({ group_by: true, group_wait: true, group_interval: true, repeat_interval: true });
export const policiesFile = z.strictObject({
  apiVersion: z.literal(1),
  policies: z.tuple([
    z.strictObject({ orgId: z.literal(1), receiver: name, group_by: z.array(name), ...timing, routes: z.array(route) }),
  ]),
});

export const sourcesFile = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name,
      type: name,
      uid,
      access: z.literal("proxy"),
      editable: z.boolean(),
      jsonData: z.strictObject({
        host: name,
        port: z.number().int().min(1).max(65_535),
        protocol: z.enum(["http", "native"]),
        secure: z.boolean(),
        username: name,
        defaultDatabase: name,
      }),
      secureJsonData: z.strictObject({ password: name }),
    }),
  ),
});

export const providersFile = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name,
      orgId: z.literal(1),
      type: z.literal("file"),
      folder: name,
      disableDeletion: z.boolean(),
      allowUiUpdates: z.boolean(),
      updateIntervalSeconds: z.number().int().positive(),
      options: z.strictObject({ path: name, foldersFromFilesStructure: z.literal(false) }),
    }),
  ),
});

const sqlTarget = z.object({
  refId: name,
  datasource: z.object({ uid: name }),
  rawSql: name,
  format: z.union([z.literal(0), z.literal(1)]),
});
const panel = z.object({
  id: z.number().int().positive(),
  type: name,
  title: z.string().default(""),
  description: z.string().default(""),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  fieldConfig: z
    .object({ defaults: z.object({ unit: z.string().default(""), noValue: z.string().default("") }) })
    .optional(),
  options: z.object({ legend: z.object({ showLegend: z.boolean() }).optional() }).optional(),
  targets: z.array(sqlTarget).default([]),
});
/** As much of a board as the checks look at; the SDK's types see to the rest. */
export const boardFile = z.object({
  uid,
  title: name,
  refresh: duration,
  schemaVersion: z.number().int(),
  panels: z.array(panel),
  templating: z.object({ list: z.array(z.object({ name, query: sqlTarget })).default([]) }),
  annotations: z.object({ list: z.array(z.object({ name, target: sqlTarget })).default([]) }),
});
export type Board = z.output<typeof boardFile>;
export type BoardPanel = z.output<typeof panel>;
export type SqlTarget = z.output<typeof sqlTarget>;
