import type { Store } from "../../infra/store/port.ts";

/** One step of an order as it first became known. Times in ms. */
export interface Step {
  readonly orderId: string;
  readonly kind: string;
  readonly hub: string;
  readonly known: number;
  readonly at: number;
  readonly region: string;
  readonly origin: string;
  readonly destination: string;
  readonly carrier: string;
}

/**
 * All steps, known before `to`, of the orders of which something became known in [from, to): by order, then as they
 * became known. A step told again is one step.
 */
export const readSteps = (store: Store, from: number, to: number): Promise<Step[]> =>
  store.query<Step>(
    `SELECT order_id AS orderId, kind, hub, toUnixTimestamp64Milli(min(e.known_at)) AS known,
       toUnixTimestamp64Milli(argMin(e.at, (known_at, offset))) AS at, argMin(region, (known_at, offset)) AS region,
       argMin(origin, (known_at, offset)) AS origin, argMin(destination, (known_at, offset)) AS destination,
       argMin(carrier, (known_at, offset)) AS carrier
     FROM order_events AS e
     WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) AND order_id IN (
       SELECT order_id FROM order_events
       WHERE known_at >= fromUnixTimestamp64Milli({from:Int64}) AND known_at < fromUnixTimestamp64Milli({to:Int64}))
     GROUP BY order_id, kind, hub ORDER BY order_id, known, at, kind, hub`,
    { from, to },
  );
