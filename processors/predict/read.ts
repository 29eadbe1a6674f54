import type { Store } from "../../infra/store/port.ts";

/** How many of what happened in an hour (since 1970, UTC), and when that was known. */
export interface Cell {
  readonly measure: "placed" | "packed" | "picked_up" | "out_for_delivery" | "over" | "complaints" | "actions";
  readonly region: string;
  readonly type: string;
  readonly hour: number;
  /** Hour in which it was known. */
  readonly known: number;
  readonly n: number;
}

/** What is asked for: known in [from, to), ms; hours before `fine` are given as the first hour of their day. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly fine: number;
  /** Hours the planners' clock is ahead of UTC. */
  readonly offset: number;
}

const KNOWN = "known_at >= fromUnixTimestamp64Milli({from:Int64}) AND known_at < fromUnixTimestamp64Milli({to:Int64})";
const HOUR = (at: string) => `toInt32(intDiv(toUnixTimestamp64Milli(${at}), 3600000))`;
/** Of long ago the day is enough. */
const COARSE = `if(h * 3600000 >= {fine:Int64}, h, intDiv(h + {offset:Int32}, 24) * 24 - {offset:Int32})`;

/** Complaints by the first telling of each. */
const COMPLAINTS = `
  SELECT 'complaints' AS measure, place AS region, sort AS type, ${COARSE} AS hour, known, toUInt32(count()) AS n FROM (
    SELECT argMin(region, (known_at, offset)) AS place, argMin(type, (known_at, offset)) AS sort,
      ${HOUR("argMin(at, (known_at, offset))")} AS h, min(known_at) AS first_known, ${HOUR("min(known_at)")} AS known
    FROM complaint_events
    WHERE kind = 'opened' AND known_at < fromUnixTimestamp64Milli({to:Int64}) AND complaint_id IN (
      SELECT complaint_id FROM complaint_events WHERE kind = 'opened' AND ${KNOWN})
    GROUP BY complaint_id HAVING first_known >= fromUnixTimestamp64Milli({from:Int64}))
  GROUP BY region, type, hour, known`;

const LEVEL = `multiIf(
  kind IN ('delivered', 'returned', 'refunded', 'cancelled', 'lost'), 5, kind IN ('out_for_delivery', 'delivery_failed'), 4,
  kind IN ('picked_up', 'departed_hub', 'arrived_hub', 'customs_entered', 'customs_cleared', 'damaged'), 3, kind = 'packed', 2, 1)`;

/**
 * First crossings: an order is in a stage from when it was first told to be at least that far until it was told to be
 * further. A crossing counts once the order itself is known, for the region it goes to.
 */
const CROSSINGS = `
  SELECT ['placed', 'packed', 'picked_up', 'out_for_delivery', 'over'][level] AS measure, goal AS region, '' AS type,
    ${COARSE} AS hour, known, toUInt32(count()) AS n
  FROM (
    SELECT goal, level, ${HOUR("crossed.1")} AS h, greatest(crossed.2, order_known) AS known_time, ${HOUR("known_time")} AS known
    FROM (
      SELECT order_id, minIf(known_at, kind = 'placed') AS order_known,
        argMinIf(if(destination != '', destination, region), (known_at, offset), kind = 'placed') AS goal,
        arrayMap(l -> l, [1, 2, 3, 4, 5]) AS levels,
        [argMinIf((at, known_at), (known_at, offset), kind = 'placed'), ${[2, 3, 4, 5]
          .map((l) => `argMinIf((at, known_at), (known_at, offset), ${LEVEL} >= ${l})`)
          .join(", ")}] AS crossings,
        [1, ${[2, 3, 4, 5].map((l) => `countIf(${LEVEL} >= ${l})`).join(", ")}] AS counts
      FROM order_events
      WHERE kind NOT IN ('contacted', 'return_requested', 'refund_requested') AND known_at < fromUnixTimestamp64Milli({to:Int64})
        AND order_id IN (SELECT order_id FROM order_events WHERE ${KNOWN})
      GROUP BY order_id HAVING countIf(kind = 'placed') > 0)
    ARRAY JOIN levels AS level, crossings AS crossed, counts AS times
    WHERE times > 0 AND known_time >= fromUnixTimestamp64Milli({from:Int64}))
  GROUP BY measure, region, hour, known`;

/** What was done for customers without a person's leave, by the hour it was decided. */
const ACTIONS = `
  SELECT 'actions' AS measure, region, '' AS type, ${COARSE} AS hour, h AS known, toUInt32(count()) AS n FROM (
    SELECT region, ${HOUR("decided_at")} AS h FROM actions FINAL
    WHERE verdict = 'approved' AND notEmpty(steps)
      AND decided_at >= fromUnixTimestamp64Milli({from:Int64}) AND decided_at < fromUnixTimestamp64Milli({to:Int64}))
  GROUP BY region, hour, known`;

export async function readCells(store: Store, span: Span): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const sql of [COMPLAINTS, CROSSINGS, ACTIONS]) cells.push(...(await store.query<Cell>(sql, { ...span })));
  return cells;
}

export interface ContextRow {
  readonly kind: string;
  readonly subject: string;
  readonly from: number;
  readonly to: number;
  readonly issued: number;
  readonly known: number;
  readonly body: string;
}

/** What was announced, known in [from, to), in the order it was learned. */
export const readContext = (store: Store, from: number, to: number): Promise<ContextRow[]> =>
  store.query<ContextRow>(
    `SELECT kind, subject, toFloat64(toUnixTimestamp64Milli(from_at)) AS from, toFloat64(toUnixTimestamp64Milli(to_at)) AS to,
       toFloat64(toUnixTimestamp64Milli(issued_at)) AS issued, toFloat64(toUnixTimestamp64Milli(known_at)) AS known, body
     FROM context_events AS c FINAL WHERE ${KNOWN} ORDER BY c.known_at, c.offset`,
    { from, to },
  );

/** Since when anything is known, ms. */
export async function firstKnown(store: Store, to: number): Promise<number> {
  const first = (table: string) =>
    store.query<{ at: number }>(
      `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM ${table}
       WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) HAVING count() > 0`,
      { to },
    );
  const found = [...(await first("order_events")), ...(await first("complaint_events"))];
  return Math.min(to, ...found.map(({ at }) => at));
}
