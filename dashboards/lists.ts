import { z } from "zod";
import type { Store } from "../infra/store/port.ts";
import { type Ahead, ahead } from "./lists/ahead.ts";
import { type Chart, chart } from "./lists/chart.ts";
import { frontierOf } from "./summary/flow.ts";
import { int, moment, real, select, selectOne } from "./summary/sql.ts";

/** Rows of any one list on the page; the total beside it is of everything. */
export const ROWS = 15;
/** Of days ahead: more than a glance is for the planners' board. */
const AHEAD_ROWS = 8;

const stalledRow = z.object({
  orderId: z.string(),
  kind: z.string(),
  since: moment,
  carrier: z.string(),
  hub: z.string(),
  region: z.string(),
});
const actionRow = z.object({
  at: moment,
  orderId: z.string(),
  cause: z.string(),
  steps: z.array(z.string()),
  amount: real,
  currency: z.string(),
  verdict: z.string(),
  region: z.string(),
});
const findingRow = z.object({
  at: moment,
  change: z.string(),
  kind: z.string(),
  subject: z.string(),
  carrier: z.string(),
  region: z.string(),
});

export type Lists = {
  readonly stalled: { readonly total: number; readonly rows: readonly z.output<typeof stalledRow>[] };
  readonly actions: readonly z.output<typeof actionRow>[];
  readonly findings: readonly z.output<typeof findingRow>[];
  readonly chart: Chart;
  readonly ahead: Ahead;
};

/** The newest rows of everything a person would want to look at, and the chart of complaints. All bounded. */
export async function lists(store: Store): Promise<Lists> {
  const frontier = await frontierOf(store);
  const limit = { limit: ROWS };
  const stalledTotal = await selectOne(
    store,
    z.object({ total: int }),
    "SELECT countIf(ended_at IS NULL) AS total FROM findings WHERE startsWith(kind, 'stalled')",
  );
  const stalled = await select(
    store,
    stalledRow,
    `SELECT order_id AS orderId, kind, toUnixTimestamp64Milli(f.since) AS since, carrier, hub, region
     FROM findings AS f WHERE startsWith(kind, 'stalled') AND ended_at IS NULL
     ORDER BY f.since, finding_id LIMIT {limit:UInt32}`,
    limit,
  );
  const actions = await select(
    store,
    actionRow,
    `SELECT toUnixTimestamp64Milli(decided_at) AS at, order_id AS orderId, cause, steps, toFloat64(a.amount) AS amount,
       currency, verdict, region
     FROM actions AS a FINAL ORDER BY decided_at DESC, action_id LIMIT {limit:UInt32}`,
    limit,
  );
  const findings = await select(
    store,
    findingRow,
    `SELECT toUnixTimestamp64Milli(f.at) AS at, toString(f.change) AS change, kind, subject_id AS subject, carrier, region
     FROM finding_changes AS f FINAL ORDER BY f.at DESC, finding_id, f.change LIMIT {limit:UInt32}`,
    limit,
  );
  return {
    stalled: { total: stalledTotal.total, rows: stalled },
    actions,
    findings,
    chart: await chart(store, frontier),
    ahead: await ahead(store, frontier, AHEAD_ROWS),
  };
}
