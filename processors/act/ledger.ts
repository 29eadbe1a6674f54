import type { Params, Store } from "../../infra/store/port.ts";
import type { Action, Finding, Verdict } from "./decide.ts";
import type { FindingKind, Step } from "./policy.ts";

/** Where a reading of findings stands: in order of (at, findingId). */
export interface Place {
  readonly at: number;
  readonly findingId: string;
}

/**
 * The next findings of orders that opened in [after.at, to), behind `after`.
 * @param kinds  what the policy has a remedy for
 * @param most   rows at a time
 */
export async function readFindings(
  store: Store,
  kinds: readonly FindingKind[],
  after: Place,
  to: number,
  most: number,
): Promise<Finding[]> {
  return store.query<Finding>(
    `SELECT finding_id AS findingId, kind, toUnixTimestamp64Milli(f.at) AS at, order_id AS orderId,
       customer_id AS customerId, region, carrier, hub
     FROM finding_changes AS f FINAL
     WHERE change = 'opened' AND order_id != '' AND kind IN {kinds:Array(String)}
       AND f.at >= fromUnixTimestamp64Milli({from:Int64}) AND f.at < fromUnixTimestamp64Milli({to:Int64})
       AND (toUnixTimestamp64Milli(f.at), finding_id) > ({from:Int64}, {last:String})
     ORDER BY f.at, finding_id LIMIT {most:UInt32}`,
    { kinds, from: after.at, to, last: after.findingId, most },
  );
}

/**
 * Every decision ever taken for the orders of the findings behind `after` up to `last`, by order. The orders are named by
 * those findings and not one by one: a thousand ids do not fit into the address of a request. The findings are those
 * of one reading and no more, however many opened at the same moment: that bounds what is held in memory.
 */
export const readLedger = (
  store: Store,
  kinds: readonly FindingKind[],
  after: Place,
  last: Place,
): Promise<Map<string, Action[]>> =>
  readActions(
    store,
    `SELECT order_id FROM finding_changes
     WHERE change = 'opened' AND order_id != '' AND kind IN {kinds:Array(String)}
       AND at BETWEEN fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({to:Int64})
       AND (toUnixTimestamp64Milli(at), finding_id) > ({from:Int64}, {first:String})
       AND (toUnixTimestamp64Milli(at), finding_id) <= ({to:Int64}, {last:String})`,
    { kinds, from: after.at, first: after.findingId, to: last.at, last: last.findingId },
  );

/** Every decision ever taken for the orders with one that was held for a silence, by order. */
export const readHeld = (store: Store, incidentId: string): Promise<Map<string, Action[]>> =>
  readActions(store, "SELECT order_id FROM actions WHERE incident_id = {incidentId:String}", { incidentId });

async function readActions(store: Store, orders: string, params: Params): Promise<Map<string, Action[]>> {
  const rows = await store.query<ActionRow>(
    `SELECT action_id, order_id, customer_id, cause, finding_id, steps, toFloat64(amount) AS amount, currency, verdict,
       reason, region, toUnixTimestamp64Milli(a.decided_at) AS decided_at, policy, incident_id
     FROM actions AS a FINAL WHERE order_id IN (${orders}) ORDER BY a.decided_at, finding_id`,
    params,
  );
  const ledger = new Map<string, Action[]>();
  for (const row of rows) {
    const action = fromRow(row);
    const ofOrder = ledger.get(action.orderId);
    if (ofOrder) ofOrder.push(action);
    else ledger.set(action.orderId, [action]);
  }
  return ledger;
}

interface ActionRow {
  readonly action_id: string;
  readonly order_id: string;
  readonly customer_id: string;
  readonly cause: string;
  readonly finding_id: string;
  readonly steps: readonly Step[];
  readonly amount: number;
  readonly currency: string;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly region: string;
  readonly decided_at: number;
  readonly policy: string;
  readonly incident_id: string;
}

const fromRow = (row: ActionRow): Action => ({
  actionId: row.action_id,
  orderId: row.order_id,
  customerId: row.customer_id,
  cause: row.cause,
  findingId: row.finding_id,
  steps: row.steps,
  amount: row.amount,
  currency: row.currency,
  verdict: row.verdict,
  reason: row.reason,
  region: row.region,
  decidedAt: row.decided_at,
  policy: row.policy,
  ...(row.incident_id !== "" && { incidentId: row.incident_id }),
});

export const toRow = (action: Action): ActionRow => ({
  action_id: action.actionId,
  order_id: action.orderId,
  customer_id: action.customerId,
  cause: action.cause,
  finding_id: action.findingId,
  steps: action.steps,
  amount: action.amount,
  currency: action.currency,
  verdict: action.verdict,
  reason: action.reason,
  region: action.region,
  decided_at: action.decidedAt,
  policy: action.policy,
  incident_id: action.incidentId ?? "",
});
