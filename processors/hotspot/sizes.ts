import { onset, stillToCome } from "../../forecasting/hotspot/onset.ts";
import type { Store } from "../../infra/store/port.ts";
import { complaintsIn, findingsIn, type Scope } from "./scope.ts";

const DAY_MS = 86_400_000;
const BEFORE_MS = 28 * DAY_MS;
/** Days between a failure and the complaint about it that are told apart. */
const DELAYS = 60;

/** What an incident touches: distinct orders with a finding here since it began, complaints, customers, the orders' value. */
export interface Sizes {
  readonly parcels: number;
  readonly cases: number;
  readonly customers: number;
  readonly money: number;
}

const AT = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64})`;
const TROUBLED = (scope: Scope) => `
  FROM finding_changes WHERE change = 'opened' AND (kind = 'promise_broken' OR startsWith(kind, 'stalled_') OR kind IN ('lost', 'damaged'))
    AND at >= ${AT("since")} AND at < ${AT("to")} AND ${findingsIn(scope)}`;
const COMPLAINED = (scope: Scope) => `
  FROM complaint_events WHERE kind = 'opened' AND at >= ${AT("since")} AND known_at < ${AT("to")} AND ${complaintsIn(scope, "since")}`;

export async function readSizes(store: Store, scope: Scope, since: number, to: number): Promise<Sizes> {
  const params = { value: scope.value, regions: scope.regions, since, to };
  const one = async <Row>(sql: string) => (await store.query<Row>(sql, params))[0];
  const [troubled, complained, money] = await Promise.all([
    one<{ parcels: number; customers: string[] }>(
      `SELECT toUInt32(uniqExactIf(order_id, order_id != '')) AS parcels, groupUniqArrayIf(customer_id, customer_id != '') AS customers ${TROUBLED(scope)}`,
    ),
    one<{ cases: number; customers: string[] }>(
      `SELECT toUInt32(uniqExact(complaint_id)) AS cases, groupUniqArrayIf(customer_id, customer_id != '') AS customers ${COMPLAINED(scope)}`,
    ),
    one<{ total: number }>(
      `SELECT sum(worth) AS total FROM (
         SELECT argMinIf(toFloat64(value), (known_at, offset), value IS NOT NULL) AS worth FROM order_events
         WHERE known_at < ${AT("to")} AND order_id IN (SELECT order_id ${TROUBLED(scope)}) GROUP BY order_id)`,
    ),
  ]);
  return {
    parcels: troubled?.parcels ?? 0,
    cases: complained?.cases ?? 0,
    customers: new Set([...(troubled?.customers ?? []), ...(complained?.customers ?? [])]).size,
    money: Math.round((money?.total ?? 0) * 100) / 100,
  };
}

/** When what is complained of failed, and how many complaints about it are still to come. */
export interface Failing {
  /** ms */
  readonly since: number;
  readonly toCome: number;
}

/**
 * Complaints trail what failed by days: by the first thing Tocsin found wrong with their orders, the incident is dated to
 * the failure, and what is still to come follows from how long complaints took in the four weeks before.
 * @returns undefined when too few complaints are about orders something was found wrong with
 */
export async function readFailing(store: Store, scope: Scope, since: number, to: number): Promise<Failing | undefined> {
  const rows = await store.query<{ failed: number; at: number; n: number }>(
    `SELECT toFloat64(intDiv(toUnixTimestamp64Milli(failed_at), ${DAY_MS})) AS failed, toFloat64(intDiv(toUnixTimestamp64Milli(said), ${DAY_MS})) AS at,
       toFloat64(count()) AS n
     FROM (
       SELECT complaint_id, min(at) AS said, argMin(order_id, (known_at, offset)) AS c_order FROM complaint_events
       WHERE kind = 'opened' AND at >= ${AT("from")} AND known_at < ${AT("to")} AND order_id != '' AND ${complaintsIn(scope, "from")} GROUP BY complaint_id) AS c
     INNER JOIN (
       SELECT order_id, min(at) AS failed_at FROM finding_changes
       WHERE change = 'opened' AND at < ${AT("to")} AND (kind = 'promise_broken' OR startsWith(kind, 'stalled_')) GROUP BY order_id) AS f ON f.order_id = c_order
     WHERE failed_at <= said GROUP BY failed, at`,
    { value: scope.value, regions: scope.regions, from: since - BEFORE_MS, to },
  );
  const [first, last] = [Math.floor(since / DAY_MS), Math.floor((to - 1) / DAY_MS)];
  const now = new Float64Array(DELAYS + 1);
  const usual = new Float64Array(DELAYS + 1);
  let seen = 0;
  for (const { failed, at, n } of rows) {
    if (at < first) {
      const delay = Math.min(DELAYS, at - failed);
      usual[delay] = (usual[delay] as number) + n;
      continue;
    }
    const age = Math.min(DELAYS, last - failed);
    now[age] = (now[age] as number) + n;
    seen += n;
  }
  if (seen < 5) return undefined;
  // Oldest first; what usually comes of a day's failures, over as many days of complaints as these.
  const span = (last - first + 1) / (BEFORE_MS / DAY_MS);
  const counts = [...now].reverse();
  const expected = [...usual].reverse().map((n) => n * span);
  const step = onset(counts, expected);
  if (step < 0) return undefined;
  return { since: (last - (DELAYS - step)) * DAY_MS, toCome: Math.round(stillToCome(now, usual) * 10) / 10 };
}
