import type { OrderFact } from "../../forecasting/promise/course.ts";
import type { Store } from "../../infra/store/port.ts";

/** Event time read at once, ms: what is held in memory at a time, however long the window is. */
const SLICE_MS = 14 * 86_400_000;

/** All facts of a time, which ends before `until`. */
export interface Slice {
  readonly facts: OrderFact[];
  readonly until: number;
}

/**
 * Facts of orders that became known in [from, to), in that order; of equal moments by order and event. The last
 * slice ends at `to`, even when there are no facts.
 */
export async function* readFacts(store: Store, from: number, to: number): AsyncGenerator<Slice> {
  const start = to - from <= SLICE_MS ? from : Math.max(from, await firstKnown(store, from, to));
  let since = start;
  do {
    const until = Math.min(to, since + SLICE_MS);
    const facts = await store.query<OrderFact>(
      `SELECT order_id AS orderId, toString(kind) AS kind, toFloat64(toUnixTimestamp64Milli(at)) AS at,
         toFloat64(toUnixTimestamp64Milli(known_at)) AS knownAt, toString(origin) AS origin,
         toString(destination) AS destination, toString(merchant_id) AS merchant, toString(carrier) AS carrier,
         toString(category) AS category, customer_id AS customer, toFloat64OrNull(toString(value)) AS value,
         toFloat64(toUnixTimestamp64Milli(promised_by)) AS promisedBy
       FROM order_events
       WHERE known_at >= fromUnixTimestamp64Milli({since:Int64}) AND known_at < fromUnixTimestamp64Milli({to:Int64})
       ORDER BY order_events.known_at, order_id, order_events.at, event_id, content`,
      { since, to: until },
    );
    yield { facts, until };
    since = until;
  } while (since < to);
}

async function firstKnown(store: Store, from: number, to: number): Promise<number> {
  const [row] = await store.query<{ at: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM order_events
     WHERE known_at >= fromUnixTimestamp64Milli({from:Int64}) AND known_at < fromUnixTimestamp64Milli({to:Int64})
     HAVING count() > 0`,
    { from, to },
  );
  return row?.at ?? to;
}
