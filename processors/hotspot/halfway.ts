/**
 * A parcel that is not there when this share of the time until its promise is over is behind: on most lanes most parcels
 * are, so a rise is seen weeks before promises break.
 */
const SHARE = 0.6;
/** An order this long before its promise was never promised anything, ms. */
const LONGEST_MS = 90 * 86_400_000;

const AT = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64})`;
const FIRST = "(known_at, offset)";

/**
 * Orders that come to this point of their time in [from, to), with whether they are behind there: as it was known then.
 * Columns: half (ms), behind (0 or 1), region, merchant, category, carrier. Parameters: from, to.
 * @param where  a condition on columns of order_events that chooses orders
 */
export const halfwayOrders = (where = "1"): string => `
  SELECT toInt64(placed_ms + ${SHARE} * (promised_ms - placed_ms)) AS half, region, merchant, category, carrier,
    NOT (over > 0 AND over_ms <= half) AS behind
  FROM (
    SELECT order_id, toUnixTimestamp64Milli(argMinIf(e.at, ${FIRST}, kind = 'placed')) AS placed_ms,
      toUnixTimestamp64Milli(minIf(known_at, kind = 'placed')) AS placed_known, countIf(kind = 'placed') AS placed,
      toUnixTimestamp64Milli(assumeNotNull(argMinIf(promised_by, ${FIRST}, promised_by IS NOT NULL))) AS promised_ms,
      countIf(promised_by IS NOT NULL) AS promised, argMinIf(destination, ${FIRST}, destination != '') AS region,
      argMinIf(merchant_id, ${FIRST}, merchant_id != '') AS merchant, argMinIf(e.category, ${FIRST}, e.category != '') AS category,
      argMinIf(e.carrier, ${FIRST}, e.carrier != '') AS carrier,
      countIf(kind IN ('delivered', 'cancelled', 'lost', 'returned', 'refunded')) AS over,
      toUnixTimestamp64Milli(minIf(known_at, kind IN ('delivered', 'cancelled', 'lost', 'returned', 'refunded'))) AS over_ms
    FROM order_events AS e
    WHERE e.at >= fromUnixTimestamp64Milli(greatest(0, {from:Int64} - ${LONGEST_MS})) AND known_at < ${AT("to")} AND order_id IN (
      SELECT order_id FROM order_events WHERE kind = 'placed' AND at >= fromUnixTimestamp64Milli(greatest(0, {from:Int64} - ${LONGEST_MS}))
        AND promised_by IS NOT NULL AND promised_by >= ${AT("from")} AND known_at < ${AT("to")} AND ${where})
    GROUP BY order_id HAVING placed > 0 AND promised > 0)
  WHERE promised_ms > placed_ms AND half >= {from:Int64} AND half < {to:Int64} AND placed_known <= half`;
