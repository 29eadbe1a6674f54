import { z } from "zod";
import type { Store } from "../store/port.ts";

const judged = z.object({
  measure: z.string(),
  dimension: z.string().default(""),
  value: z.string(),
  type: z.string(),
  hours: z.number(),
  observed: z.number(),
  expected: z.number(),
  upper: z.number(),
  pValue: z.number(),
  ratio: z.number().optional(),
  events: z.number().optional(),
  ahead: z.object({ due: z.number(), open: z.number(), by: z.number() }).optional(),
});
const evidence = z.looseObject({
  alarms: z.array(judged).default([]),
  within: z.array(judged).default([]),
  parts: z.array(z.string()).default([]),
  rule: z
    .object({ alpha: z.number(), falsePagesPerWeek: z.number(), minCount: z.number(), minRatio: z.number() })
    .optional(),
  toCome: z.number().optional(),
});
const driver = z.object({
  name: z.string(),
  share: z.number(),
  low: z.number(),
  high: z.number(),
  observed: z.number(),
  expected: z.number(),
});
export type Judged = z.output<typeof judged>;

/** One step in the life of an incident, with what it was said on. Times in ISO 8601. */
export interface Step {
  readonly at: string;
  readonly change: string;
  readonly measure: string;
  readonly type: string;
  readonly size: number;
  readonly parcels: number;
  readonly cases: number;
  readonly customers: number;
  readonly money: number;
  readonly next24: number;
  readonly failingSince: string | null;
  readonly causes: readonly z.output<typeof driver>[];
  readonly remedy: string;
  readonly policy: string;
  readonly evidence: z.output<typeof evidence>;
}

export interface Explained {
  readonly incidentId: string;
  readonly dimension: string;
  readonly value: string;
  readonly since: string;
  readonly steps: readonly Step[];
  /** Of its first step: each a change in what was seen or in the policy that alone would have kept it silent. */
  readonly silentIf: readonly Silence[];
  /** Pages about it. */
  readonly pages: readonly { readonly pageId: string; readonly severity: string; readonly openedAt: string }[];
}

export interface Silence {
  readonly what: "count" | "minCount" | "minRatio" | "alpha";
  /** The most that would have been silent for a count; the least for a knob of the policy; the most for alpha. */
  readonly at: number;
}

const ISO = (column: string) => `formatDateTime(${column}, '%Y-%m-%dT%H:%i:%SZ', 'UTC')`;

/** @throws Error when no incident, or more than one, has an id that begins so */
export async function explainIncident(store: Store, id: string): Promise<Explained> {
  const ids = await store.query<{ id: string }>(
    "SELECT DISTINCT incident_id AS id FROM incident_changes WHERE startsWith(incident_id, {id:String}) ORDER BY id LIMIT 5",
    { id },
  );
  const [found] = ids;
  if (!found || ids.length > 1) {
    const got = ids.length === 0 ? "none" : ids.map((row) => row.id).join(", ");
    throw new Error(`expected one incident whose id begins with ${id}, got ${got}; \`tocsin explain\` lists them`);
  }
  const rows = await store.query<
    Record<string, unknown> & { causes: string; evidence: string; dimension: string; value: string; began: string }
  >(
    `SELECT ${ISO("c.at")} AS at, toString(change) AS change, measure, type, dimension, value, ${ISO("c.since")} AS began, size, parcels, cases,
       customers, money, next24, if(failing_since IS NULL, NULL, ${ISO("assumeNotNull(failing_since)")}) AS failingSince, causes, remedy, policy, evidence
     FROM incident_changes AS c FINAL WHERE incident_id = {id:String} ORDER BY c.at, c.change`,
    { id: found.id },
  );
  const steps = rows.map(({ causes, evidence: text, dimension: _, value: __, began: ___, ...row }) => ({
    ...row,
    causes: causes === "" ? [] : z.array(driver).parse(JSON.parse(causes)),
    evidence: evidence.parse(text === "" ? {} : JSON.parse(text)),
  })) as unknown as Step[];
  const pages = await store.query<{ pageId: string; severity: string; openedAt: string }>(
    `SELECT page_id AS pageId, severity, ${ISO("opened_at")} AS openedAt FROM pages WHERE subject = {id:String} ORDER BY openedAt, pageId`,
    { id: found.id },
  );
  const { dimension = "", value = "", began = "" } = rows[0] ?? {};
  return { incidentId: found.id, dimension, value, since: began, steps, silentIf: silences(steps[0]), pages };
}

/** What would have kept the first step silent: all of its alarms must fall. */
function silences(step: Step | undefined): Silence[] {
  const alarms = step?.evidence.alarms ?? [];
  if (alarms.length === 0) return [];
  const most = (of: (one: Judged) => number) => Math.max(...alarms.map(of));
  const found: Silence[] = [
    { what: "minCount", at: most(({ observed }) => observed) + 1 },
    {
      what: "minRatio",
      at: Math.floor(1000 * most(({ observed, expected }) => observed / Math.max(expected, 1e-9))) / 1000 + 0.001,
    },
    { what: "alpha", at: Math.min(...alarms.map(({ pValue }) => pValue)) },
  ];
  const [first] = alarms;
  return alarms.length === 1 && first ? [{ what: "count", at: first.upper }, ...found] : found;
}

/** Everything that was said, for lists and for comparing two runs. */
export interface Told {
  readonly incidents: readonly (Record<string, unknown> & { readonly incidentId: string })[];
  readonly pages: readonly string[];
  readonly findings: readonly { readonly kind: string; readonly total: number; readonly digest: string }[];
}

export async function listSaid(store: Store): Promise<Told> {
  const incidents = await store.query<{ incidentId: string }>(
    `SELECT incident_id AS incidentId, dimension, value, measure, type, ${ISO("opened_at")} AS openedAt,
       if(resolved_at IS NULL, NULL, ${ISO("assumeNotNull(resolved_at)")}) AS resolvedAt, size, parcels, cases, customers, causes, remedy, policy
     FROM incidents ORDER BY openedAt, incidentId`,
  );
  const pages = await store.query<{ id: string }>("SELECT DISTINCT page_id AS id FROM page_changes ORDER BY id");
  const findings = await store.query<{ kind: string; total: number; digest: string }>(
    `SELECT kind, toUInt32(uniqExact(finding_id)) AS total, toString(groupBitXor(cityHash64(finding_id))) AS digest
     FROM (SELECT DISTINCT kind, finding_id FROM finding_changes WHERE change = 'opened') GROUP BY kind ORDER BY kind`,
  );
  return { incidents, pages: pages.map(({ id }) => id), findings };
}
