import type { Store } from "../../infra/store/port.ts";

/** Orders of one carrier in one stratum: who is compared with whom. */
export interface LaneRow {
  readonly region: string;
  readonly stratum: string;
  readonly carrier: string;
  readonly n: number;
  /** In time. */
  readonly good: number;
}

interface Quantiles {
  readonly region: string;
  readonly carrier: string;
  readonly p50: number;
  readonly p90: number;
}

/** What a customs clearance is given, as the policy of actions has it. */
const CUSTOMS_DAYS = 7;

const TOP = "SELECT region AS code, any(top) AS top FROM region_tops GROUP BY region";
const FIRST = "(known_at, offset)";
const FROM = "fromUnixTimestamp64Milli({from:Int64})";
const TO = "fromUnixTimestamp64Milli({to:Int64})";

// An order that was called off before it was delivered says nothing of its carrier; one past its promise was late.
const ORDERS = `
  SELECT order_id, promised, delivered, carrier, service,
    if(d.top = '', o.destination, d.top) AS to_region, if(s.top = '', o.origin, s.top) AS from_region
  FROM (
    SELECT order_id, argMaxIf(promised_by, e.at, promised_by IS NOT NULL) AS promised,
      minIf(e.at, kind = 'delivered') AS delivered, countIf(kind = 'delivered') > 0 AS has_delivered,
      if(argMinIf(carrier, ${FIRST}, kind = 'picked_up') != '', argMinIf(carrier, ${FIRST}, kind = 'picked_up'),
        argMinIf(carrier, ${FIRST}, carrier != '')) AS carrier,
      argMinIf(service, ${FIRST}, service != '') AS service, argMinIf(origin, ${FIRST}, origin != '') AS origin,
      argMinIf(destination, ${FIRST}, destination != '') AS destination,
      countIf(kind IN ('cancelled', 'returned', 'refunded')) > 0 AS called_off, countIf(kind = 'picked_up') > 0 AS carried
    FROM order_events AS e WHERE e.known_at < ${TO} AND order_id IN (
      SELECT order_id FROM order_events WHERE promised_by >= ${FROM} AND promised_by < ${TO} AND known_at < ${TO})
    GROUP BY order_id
    HAVING promised >= ${FROM} AND promised < ${TO} AND carrier != '' AND carried AND (has_delivered OR NOT called_off)
  ) AS o
  LEFT JOIN (${TOP}) AS d ON d.code = o.destination LEFT JOIN (${TOP}) AS s ON s.code = o.origin`;
const IN_TIME = "delivered > toDateTime64(0, 3, 'UTC') AND delivered <= promised";

interface OrdersRow extends LaneRow, Quantiles {
  /** Whether it is of a region and carrier, and not of a lane; region "" is of all. */
  readonly whole: number;
  /** Whether it is of all regions, and not of orders whose region nobody told, whose region is "" too. */
  readonly everywhere: number;
  readonly came: number;
}
const LATE = "dateDiff('second', assumeNotNull(promised), delivered)";
const DELIVERED = "delivered > toDateTime64(0, 3, 'UTC')";

/**
 * Lanes, and hours from the promise to the delivery, below zero for what came early; of all regions: region "". Both in
 * one question: to find the orders costs more than all that is counted of them.
 */
export async function readOrders(
  store: Store,
  from: number,
  to: number,
): Promise<{ readonly lanes: LaneRow[]; readonly delays: Quantiles[] }> {
  const rows = await store.query<OrdersRow>(
    `SELECT to_region AS region, stratum, carrier, grouping(stratum) AS whole, grouping(to_region) AS everywhere,
       toUInt32(count()) AS n, toUInt32(countIf(${IN_TIME})) AS good, toUInt32(countIf(${DELIVERED})) AS came,
       quantileExactIf(0.5)(${LATE}, ${DELIVERED}) / 3600 AS p50, quantileExactIf(0.9)(${LATE}, ${DELIVERED}) / 3600 AS p90
     FROM (SELECT *, concat(from_region, '>', to_region, ' ', service) AS stratum FROM (${ORDERS}))
     GROUP BY GROUPING SETS ((to_region, stratum, carrier), (to_region, carrier), (carrier))
     ORDER BY region, stratum, carrier`,
    { from, to },
  );
  const [lanes, wholes] = [rows.filter(({ whole }) => whole === 0), rows.filter(({ whole }) => whole === 1)];
  return {
    lanes: lanes.map(({ region, stratum, carrier, n, good }) => ({ region, stratum, carrier, n, good })),
    delays: wholes
      .filter(({ came, region, everywhere }) => came > 0 && (everywhere === 1 || region !== ""))
      .map(({ region, carrier, p50, p90 }) => ({ region, carrier, p50, p90 })),
  };
}

/**
 * Seconds from a scan to its arrival here. Arrival is the watermark it met: what came in time counts as at once.
 */
export const readSync = (store: Store, from: number, to: number): Promise<Quantiles[]> =>
  store.query<Quantiles>(
    `SELECT arrayJoin(['', if(t.top = '', place, t.top)]) AS region, carrier, quantileExact(0.5)(lag) / 1000 AS p50,
       quantileExact(0.9)(lag) / 1000 AS p90
     FROM (
       SELECT any(e.carrier) AS carrier, any(e.region) AS place,
         toInt64(toUnixTimestamp64Milli(min(e.known_at))) - toInt64(toUnixTimestamp64Milli(min(e.at))) AS lag
       FROM order_events AS e
       WHERE e.at >= ${FROM} AND e.at < ${TO} AND e.known_at < ${TO} AND e.carrier != '' AND kind NOT IN ('placed', 'paid', 'packed')
       GROUP BY order_id, event_id
     ) AS f LEFT JOIN (${TOP}) AS t ON t.code = f.place
     GROUP BY region, carrier ORDER BY region, carrier`,
    { from, to },
  );

/** Customs brokers: who clears where. Hours in customs; one that is still there past the limit was late. */
export async function readCustoms(store: Store, from: number, to: number): Promise<(LaneRow & Quantiles)[]> {
  // Most shops have none, and a short question costs a tenth of the long one.
  const some = await store.query(
    `SELECT 1 FROM order_events AS e
     WHERE kind = 'customs_entered' AND e.at >= ${FROM} AND e.at < ${TO} AND e.known_at < ${TO} LIMIT 1`,
    { from, to },
  );
  if (some.length === 0) return [];
  return store.query<LaneRow & Quantiles>(
    `SELECT '' AS region, '' AS stratum, arrayStringConcat(arrayFilter(x -> x != '', [broker, hub]), ' @ ') AS carrier,
       toUInt32(count()) AS n, toUInt32(countIf(has_cleared AND hours <= ${CUSTOMS_DAYS * 24})) AS good,
       quantileExact(0.5)(hours) AS p50, quantileExact(0.9)(hours) AS p90
     FROM (
       SELECT order_id, argMinIf(carrier, ${FIRST}, kind = 'customs_entered') AS broker,
         argMinIf(hub, ${FIRST}, kind = 'customs_entered') AS hub, minIf(e.at, kind = 'customs_entered') AS entered,
         countIf(kind = 'customs_cleared') > 0 AS has_cleared,
         dateDiff('second', entered, if(has_cleared, minIf(e.at, kind = 'customs_cleared'), ${TO})) / 3600 AS hours
       FROM order_events AS e
       WHERE kind IN ('customs_entered', 'customs_cleared') AND e.known_at < ${TO}
       GROUP BY order_id
       HAVING countIf(kind = 'customs_entered') > 0 AND entered >= ${FROM}
         AND entered < fromUnixTimestamp64Milli(toInt64({to:Int64}) - ${CUSTOMS_DAYS * 86_400_000}))
     GROUP BY broker, hub HAVING carrier != '' ORDER BY carrier`,
    { from, to },
  );
}
