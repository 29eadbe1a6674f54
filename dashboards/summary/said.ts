import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { INCIDENT_LIMIT, LIST_LIMIT, type Summary } from "./schema.ts";
import { int, maybeMoment, moment, real, select, selectOne } from "./sql.ts";

type Findings = Pick<Summary, "findings" | "stalls" | "openStalls" | "promiseRisks" | "promiseBreaches">;

const findingRow = z.object({ kind: z.string(), total: int, open: int });

/** What the detectors said, by kind. The kinds are a closed list, so the list is short by itself. */
export async function findings(store: Store): Promise<Findings> {
  const byKind = await select(
    store,
    findingRow,
    `SELECT kind, uniqExact(finding_id) AS total, uniqExactIf(finding_id, ended_at IS NULL) AS open
     FROM findings GROUP BY kind ORDER BY total DESC, kind LIMIT 100`,
  );
  const sum = (pick: (row: (typeof byKind)[number]) => number) => byKind.reduce((n, row) => n + pick(row), 0);
  const stalled = (kind: string) => kind.startsWith("stalled");
  return {
    findings: { total: sum((row) => row.total), open: sum((row) => row.open), byKind },
    stalls: sum((row) => (stalled(row.kind) ? row.total : 0)),
    openStalls: sum((row) => (stalled(row.kind) ? row.open : 0)),
    promiseRisks: sum((row) => (row.kind === "promise_at_risk" ? row.total : 0)),
    promiseBreaches: sum((row) => (row.kind === "promise_broken" ? row.total : 0)),
  };
}

const incidentRow = z.object({
  incidentId: z.string(),
  measure: z.string(),
  dimension: z.string(),
  value: z.string(),
  type: z.string(),
  since: moment,
  openedAt: moment,
  resolvedAt: maybeMoment,
  size: int,
  observed: real,
  expected: real,
  pValue: real,
  parcels: int,
  cases: int,
  customers: int,
  money: real,
  next24: real,
  causes: z.string().transform(readCauses),
  remedy: z.string(),
});

const drivers = z.array(z.object({ name: z.string(), share: z.number(), low: z.number(), high: z.number() }));
function readCauses(text: string): z.output<typeof drivers> {
  return text === "" ? [] : drivers.parse(JSON.parse(text));
}

export async function incidents(store: Store): Promise<Pick<Summary, "incidents" | "incidentCounts">> {
  const list = await select(
    store,
    incidentRow,
    `SELECT incident_id AS incidentId, measure, dimension, value, type, toUnixTimestamp64Milli(i.since) AS since,
       toUnixTimestamp64Milli(opened_at) AS openedAt, toUnixTimestamp64Milli(resolved_at) AS resolvedAt,
       size, observed, expected, p_value AS pValue, parcels, cases, customers, money, next24, causes, remedy
     FROM incidents AS i ORDER BY resolved_at IS NULL DESC, size DESC, incident_id LIMIT {limit:UInt32}`,
    { limit: INCIDENT_LIMIT },
  );
  const incidentCounts = await selectOne(
    store,
    z.object({ total: int, open: int }),
    "SELECT count() AS total, countIf(resolved_at IS NULL) AS open FROM incidents",
  );
  return { incidents: list, incidentCounts };
}

const pageRow = z.object({
  pageId: z.string(),
  severity: z.string(),
  region: z.string(),
  title: z.string(),
  size: int,
  openedAt: moment,
  resolvedAt: maybeMoment,
});

export async function pages(store: Store): Promise<Summary["pages"]> {
  const counts = await selectOne(
    store,
    z.object({ total: int, open: int }),
    "SELECT count() AS total, countIf(resolved_at IS NULL) AS open FROM pages",
  );
  const bySeverity = await select(
    store,
    z.object({ severity: z.string(), total: int }),
    "SELECT severity, count() AS total FROM pages GROUP BY severity ORDER BY total DESC, severity LIMIT {limit:UInt32}",
    { limit: LIST_LIMIT },
  );
  const latest = await select(
    store,
    pageRow,
    `SELECT page_id AS pageId, severity, region, title, size, toUnixTimestamp64Milli(opened_at) AS openedAt,
       toUnixTimestamp64Milli(resolved_at) AS resolvedAt
     FROM pages ORDER BY resolved_at IS NULL DESC, opened_at DESC, page_id LIMIT {limit:UInt32}`,
    { limit: LIST_LIMIT },
  );
  return { ...counts, bySeverity, latest };
}
