import type { Store } from "../../infra/store/port.ts";

/** Hourly counts of one thing in one place. Hours are whole hours since 1970. */
export interface CountRow {
  readonly measure: Measure | Exposure;
  readonly dimension: Dimension;
  readonly value: string;
  readonly type: string;
  readonly hour: number;
  /** The hour in which it became known; later than `hour` for what was told late. */
  readonly known: number;
  readonly n: number;
  /** Of a hub: a region it was seen in. */
  readonly within?: string;
}
export type Measure = "complaints" | "stalls" | "late";
/** What the measures are proportional to when nothing is wrong. */
export type Exposure = "orders";
export type Dimension = "region" | "hub" | "carrier";

const HOUR = (column: string) => `toUInt32(intDiv(toUnixTimestamp64Milli(${column}), 3600000))`;

// What was told first: by when it was known and, of what was known at the same time, by its place in the log.
const FIRST = "(known_at, offset)";
// A complaint counts once, by what its first known opening said: another telling never counts it again.
const COMPLAINTS = `
  SELECT 'complaints' AS measure, 'region' AS dimension, value, type, ${HOUR("first_at")} AS hour, ${HOUR("first_known")} AS known,
    toUInt32(count()) AS n
  FROM (
    SELECT c.complaint_id, c.first_at, c.first_known, c.told_type AS type,
      if(c.told_region != '', c.told_region, if(o.known <= c.first_known, o.place, '')) AS value
    FROM (
      SELECT complaint_id, argMin(at, ${FIRST}) AS first_at, min(known_at) AS first_known, argMin(region, ${FIRST}) AS told_region,
        argMin(type, ${FIRST}) AS told_type, argMin(order_id, ${FIRST}) AS told_order
      FROM complaint_events WHERE kind = 'opened' AND known_at < fromUnixTimestamp64Milli({to:Int64})
      GROUP BY complaint_id HAVING first_at >= fromUnixTimestamp64Milli({from:Int64})
    ) AS c
    LEFT JOIN (
      SELECT order_id, argMin(destination, ${FIRST}) AS place, min(known_at) AS known
      FROM order_events WHERE destination != '' AND order_id IN (
        SELECT order_id FROM complaint_events WHERE kind = 'opened' AND region = '' AND order_id != ''
          AND at >= fromUnixTimestamp64Milli({from:Int64}))
      GROUP BY order_id
    ) AS o ON o.order_id = c.told_order
  )
  WHERE value != '' GROUP BY value, type, hour, known`;

const findings = (measure: Measure, dimension: Dimension, where: string) => `
  SELECT '${measure}' AS measure, '${dimension}' AS dimension, ${dimension} AS value, '' AS type, ${HOUR("at")} AS hour, hour AS known,
    toUInt32(uniqExact(finding_id)) AS n${dimension === "hub" ? ", min(region) AS within" : ""}
  FROM finding_changes
  WHERE change = 'opened' AND ${where} AND ${dimension} != ''
    AND at >= fromUnixTimestamp64Milli({from:Int64}) AND at < fromUnixTimestamp64Milli({to:Int64})
  GROUP BY value, hour`;

// An order that is told of again, and not merged yet, is known since it was first told of and counts no second time.
const exposure = (dimension: Dimension, column: string, kind: string) => `
  SELECT 'orders' AS measure, '${dimension}' AS dimension, value, '' AS type, hour, known, toUInt32(count()) AS n
  FROM (
    SELECT ${column} AS value, ${HOUR("at")} AS hour, min(${HOUR("known_at")}) AS known
    FROM order_events
    WHERE kind = '${kind}' AND ${column} != '' AND at >= fromUnixTimestamp64Milli({from:Int64})
      AND known_at < fromUnixTimestamp64Milli({to:Int64})
    GROUP BY value, hour, order_id
  )
  GROUP BY value, hour, known`;

const STALLED = "kind IN ('stalled_pickup', 'stalled_transit', 'stalled_delivery', 'stalled_customs')";
// A parcel that is late through no fault of its hub or carrier says nothing of them: only lateness on the road counts there.
const QUERIES = [
  COMPLAINTS,
  findings("stalls", "region", STALLED),
  findings("stalls", "hub", "kind = 'stalled_transit' AND stage = 'hub'"),
  findings("stalls", "carrier", `${STALLED} AND stage IN ('transit', 'delivery')`),
  findings("late", "region", "kind = 'promise_broken'"),
  exposure("region", "destination", "placed"),
  exposure("hub", "hub", "arrived_hub"),
  exposure("carrier", "carrier", "picked_up"),
];

/**
 * Everything the detector looks at, of events in [from, to) known before `to`.
 * @param from  ms, a full hour
 * @param to    ms
 */
export async function readCounts(store: Store, from: number, to: number): Promise<CountRow[]> {
  const rows: CountRow[] = [];
  for (const sql of QUERIES) rows.push(...(await store.query<CountRow>(sql, { from, to })));
  return rows;
}
