import type { Store } from "../../infra/store/port.ts";
import type { Finding } from "./decide.ts";

/** What was said of an order that a decision was held for, up to a moment. Times in ms. */
export interface Told extends Finding {
  /** Infinity while it holds. */
  readonly ended: number;
  /** Why it ended; empty while it holds. */
  readonly reason: string;
}

/**
 * Findings, said before `at`, of the orders with a decision held for a silence or decided anew at `at`: by order.
 * @param kinds  what the policy has a remedy for
 */
export async function readTold(
  store: Store,
  incidentId: string,
  kinds: readonly string[],
  at: number,
): Promise<Map<string, Told[]>> {
  const rows = await store.query<Omit<Told, "ended"> & { readonly ended: number | null }>(
    `SELECT finding_id AS findingId, any(kind) AS kind, toUnixTimestamp64Milli(minIf(f.at, change = 'opened')) AS at,
       any(order_id) AS orderId, any(customer_id) AS customerId, anyIf(region, change = 'opened') AS region,
       anyIf(carrier, change = 'opened') AS carrier, anyIf(hub, change = 'opened') AS hub,
       if(countIf(change = 'ended') > 0, toUnixTimestamp64Milli(maxIf(f.at, change = 'ended')), NULL) AS ended,
       anyIf(reason, change = 'ended') AS reason
     FROM finding_changes AS f FINAL
     WHERE order_id IN (SELECT order_id FROM actions WHERE incident_id = {incidentId:String})
       AND f.kind IN {kinds:Array(String)} AND f.at < fromUnixTimestamp64Milli({at:Int64})
     GROUP BY finding_id HAVING countIf(change = 'opened') > 0 ORDER BY at, finding_id`,
    { incidentId, kinds, at },
  );
  const told = new Map<string, Told[]>();
  for (const row of rows) {
    const finding = { ...row, ended: row.ended ?? Number.POSITIVE_INFINITY };
    told.set(row.orderId, [...(told.get(row.orderId) ?? []), finding]);
  }
  return told;
}
