import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import type { Summary } from "./schema.ts";
import { int, maybeMoment, selectOne } from "./sql.ts";

type Flow = Pick<Summary, "frontier" | "events" | "orders" | "openOrders">;

const progressRow = z.object({ received: int, openOrders: int });
const storedRow = z.object({
  orderEvents: int,
  complaintEvents: int,
  contextEvents: int,
  letters: int,
  lateOrders: int,
  lateComplaints: int,
  orders: int,
  first: maybeMoment,
  last: maybeMoment,
});

/** The lowest watermark of what is tracked, ISO 8601; null before anything is. Context and letters do not hold it. */
export async function frontierOf(store: Store): Promise<string | null> {
  const row = await selectOne(
    store,
    z.object({ frontier: maybeMoment }),
    `SELECT if(count() = 0, NULL, toUnixTimestamp64Milli(min(watermark))) AS frontier
     FROM progress FINAL WHERE process IN ('track', 'complain')`,
  );
  return row.frontier;
}

/** How much came in and how far the reading of it is. */
export async function flow(store: Store): Promise<Flow> {
  // Facts are written before the progress that counts them, so progress is read first: what comes in between
  // shows as accepted only.
  const progress = await selectOne(
    store,
    progressRow,
    `SELECT sum(received) AS received, sumIf(open, process = 'track') AS openOrders
     FROM progress FINAL`,
  );
  const stored = await selectOne(
    store,
    storedRow,
    `SELECT
       (SELECT uniqExact((order_id, event_id)) FROM order_events) AS orderEvents,
       (SELECT uniqExact((complaint_id, event_id)) FROM complaint_events) AS complaintEvents,
       (SELECT uniqExact((kind, subject, event_id)) FROM context_events) AS contextEvents,
       (SELECT countIf(known > at) FROM
         (SELECT any(at) AS at, min(known_at) AS known FROM order_events GROUP BY order_id, event_id)) AS lateOrders,
       (SELECT countIf(known > at) FROM
         (SELECT any(at) AS at, min(known_at) AS known FROM complaint_events GROUP BY complaint_id, event_id)
       ) AS lateComplaints,
       (SELECT uniqExact(letter_id) FROM dead_letters) AS letters,
       (SELECT uniqExact(order_id) FROM order_events) AS orders,
       (SELECT toUnixTimestamp64Milli(min(at)) FROM
         (SELECT min(at) AS at FROM order_events HAVING count() > 0 UNION ALL
          SELECT min(at) AS at FROM complaint_events HAVING count() > 0)) AS first,
       (SELECT toUnixTimestamp64Milli(max(at)) FROM
         (SELECT max(at) AS at FROM order_events UNION ALL SELECT max(at) AS at FROM complaint_events)) AS last`,
  );
  const accepted = stored.orderEvents + stored.complaintEvents + stored.contextEvents;
  // While a batch is being stored its rows are there and its count is not; and what ingest refused at the door
  // never was in the log. Both were received.
  const received = Math.max(progress.received, accepted + stored.letters);
  return {
    frontier: await frontierOf(store),
    events: {
      received,
      accepted,
      repeated: received - accepted - stored.letters,
      rejected: stored.letters,
      // What was told again late was no news, so it is the first telling that counts.
      late: stored.lateOrders + stored.lateComplaints,
      from: stored.first,
      to: stored.last,
    },
    orders: stored.orders,
    openOrders: progress.openOrders,
  };
}
