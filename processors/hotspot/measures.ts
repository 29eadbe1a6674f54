import type { Store } from "../../infra/store/port.ts";
import { halfwayOrders } from "./halfway.ts";

export type Measure = "complaints" | "stalls" | "late" | "slow";
/** What events are out of: orders placed, promises that fall due or come into sight, arrivals at a hub or at customs, pick-ups. */
export type Exposure = "placed" | "due" | "halfway" | "arrived" | "customs" | "picked";
export type Dimension = "region" | "hub" | "carrier" | "merchant" | "category";

/** Events alike in everything that is looked at. Hours are whole hours since 1970. */
export interface EventRow {
  readonly measure: Measure;
  /** Complaint type; stage of a stall. */
  readonly type: string;
  readonly region: string;
  readonly hub: string;
  readonly carrier: string;
  readonly merchant: string;
  readonly category: string;
  readonly hour: number;
  /** The hour in which it became known. */
  readonly known: number;
  /** Hours since what it is out of, by the order: since it was placed (or fell due, or arrived), and since its pick-up; -1 unknown. */
  readonly lag: number;
  readonly pickedLag: number;
  /** Where its order had stalled before ("hub|…" or "region|…"): that explains that it is late and complained about. "" for none. */
  readonly stalled: string;
  readonly n: number;
}

export interface ExposureRow {
  readonly exposure: Exposure;
  readonly dimension: Dimension;
  readonly value: string;
  readonly hour: number;
  readonly known: number;
  readonly n: number;
}

const HOUR = (column: string) => `toUInt32(intDiv(toUnixTimestamp64Milli(${column}), 3600000))`;
const LAG = (from: string, to: string) =>
  `toInt32(greatest(-1, intDiv(toUnixTimestamp64Milli(${to}) - toUnixTimestamp64Milli(${from}), 3600000)))`;
const BEFORE = "fromUnixTimestamp64Milli({to:Int64})";
const AFTER = "fromUnixTimestamp64Milli({from:Int64})";
/** Of old facts only those that can still matter. */
const REACH = "fromUnixTimestamp64Milli({oldest:Int64})";

// What was told first: by when it was known and, of what was known at the same time, by its place in the log.
const FIRST = "(known_at, offset)";
const first = (column: string, name: string, given: string) =>
  `argMinIf(${column}, ${FIRST}, ${given}) AS ${name}, if(countIf(${given}) = 0, NULL, minIf(known_at, ${given})) AS ${name}_known`;

/** What was first said of an order: each thing with when it was known. */
const ORDERS = (ids: string) => `
  SELECT order_id, ${first("at", "placed", "kind = 'placed'")}, ${first("at", "picked", "kind = 'picked_up'")},
    ${first("destination", "place", "destination != ''")}, ${first("merchant_id", "merchant", "merchant_id != ''")},
    ${first("category", "sort", "category != ''")}, ${first("carrier", "hauler", "carrier != ''")}
  FROM order_events WHERE order_id IN (${ids}) AND known_at < ${BEFORE} GROUP BY order_id`;

/** What an order's fact says to somebody at `when`: nothing when it was not known by then. */
const told = (name: string, when: string) => `if(o.${name}_known <= ${when}, o.${name}, '')`;
const lag = (name: string, at: string, when: string) => `if(o.${name}_known <= ${when}, ${LAG(`o.${name}`, at)}, -1)`;

const STALLED = "kind IN ('stalled_pickup', 'stalled_transit', 'stalled_delivery', 'stalled_customs')";
/** Where orders stalled first, and when that was said. */
const STALLS = (ids: string) => `
  SELECT order_id, min(at) AS stalled_at,
    argMin(if(stage = 'hub' AND hub != '', concat('hub|', hub), concat('region|', region)), (at, finding_id)) AS stalled_in
  FROM finding_changes WHERE change = 'opened' AND ${STALLED} AND at < ${BEFORE} AND order_id IN (${ids}) GROUP BY order_id`;
const stalled = (when: string) => `if(x.stalled_at <= ${when}, ifNull(x.stalled_in, ''), '')`;

// A complaint counts once, by what its first known opening said: another telling never counts it again.
const OPENED = `
  SELECT complaint_id, argMin(at, ${FIRST}) AS first_at, min(known_at) AS first_known, argMin(region, ${FIRST}) AS c_region,
    argMin(type, ${FIRST}) AS c_type, argMin(order_id, ${FIRST}) AS c_order, argMin(carrier, ${FIRST}) AS c_carrier,
    argMin(merchant_id, ${FIRST}) AS c_merchant
  FROM complaint_events WHERE kind = 'opened' AND known_at < ${BEFORE} AND complaint_id IN (
    SELECT complaint_id FROM complaint_events WHERE kind = 'opened' AND known_at >= ${AFTER} AND known_at < ${BEFORE})
  GROUP BY complaint_id HAVING first_known >= ${AFTER} AND first_at >= ${REACH}`;

const COMPLAINED = `SELECT c_order FROM (${OPENED}) WHERE c_order != ''`;
const COMPLAINTS = `
  SELECT 'complaints' AS measure, c_type AS type, if(c_region != '', c_region, ${told("place", "first_known")}) AS region, '' AS hub,
    if(c_carrier != '', c_carrier, ${told("hauler", "first_known")}) AS carrier,
    if(c_merchant != '', c_merchant, ${told("merchant", "first_known")}) AS merchant, ${told("sort", "first_known")} AS category,
    ${HOUR("first_at")} AS hour, ${HOUR("first_known")} AS known, ${lag("placed", "first_at", "first_known")} AS lag,
    ${lag("picked", "first_at", "first_known")} AS pickedLag, ${stalled("first_known")} AS stalled, toUInt32(count()) AS n
  FROM (${OPENED}) AS c LEFT JOIN (${ORDERS(COMPLAINED)}) AS o ON o.order_id = c_order
  LEFT JOIN (${STALLS(COMPLAINED)}) AS x ON x.order_id = c_order
  GROUP BY type, region, carrier, merchant, category, hour, known, lag, pickedLag, stalled SETTINGS join_use_nulls = 1`;

const SAID = (where: string) => `
  SELECT finding_id, any(f.at) AS said, any(f.since) AS began, any(f.due) AS limit_at, any(f.stage) AS f_stage, any(f.order_id) AS f_order,
    any(f.region) AS f_region, any(f.hub) AS f_hub, any(f.carrier) AS f_carrier, any(f.merchant_id) AS f_merchant, any(f.category) AS f_category
  FROM finding_changes AS f WHERE change = 'opened' AND ${where} AND f.at >= greatest(${AFTER}, ${REACH}) AND f.at < ${BEFORE} GROUP BY finding_id`;
const LATE = "kind = 'promise_broken'";

// At a hub and at customs a stall is out of what arrived there; elsewhere, and on its carrier, out of what was placed or picked up.
const findings = (measure: Measure, where: string) => `
  SELECT '${measure}' AS measure, ${measure === "late" ? "''" : "f_stage"} AS type, f_region AS region, f_hub AS hub, f_carrier AS carrier,
    f_merchant AS merchant, f_category AS category, ${HOUR("said")} AS hour, hour AS known,
    ${measure === "late" ? LAG("limit_at", "said") : `if(f_stage IN ('hub', 'customs'), ${LAG("began", "said")}, ${lag("placed", "said", "said")})`} AS lag,
    ${lag("picked", "said", "said")} AS pickedLag, ${measure === "late" ? stalled("said") : "''"} AS stalled, toUInt32(count()) AS n
  FROM (${SAID(where)}) AS s LEFT JOIN (${ORDERS(`SELECT f_order FROM (${SAID(where)}) WHERE f_order != ''`)}) AS o ON o.order_id = f_order
  LEFT JOIN (${STALLS(`SELECT f_order FROM (${SAID(where)}) WHERE f_order != ''`)}) AS x ON x.order_id = f_order
  GROUP BY type, region, hub, carrier, merchant, category, hour, lag, pickedLag, stalled SETTINGS join_use_nulls = 1`;

// An order that is told of again, and not merged yet, is known since it was first told of and counts no second time.
const exposure = (name: Exposure, dimension: Dimension, column: string, kind: string, at = "at") => `
  SELECT '${name}' AS exposure, '${dimension}' AS dimension, value, hour, known, toUInt32(count()) AS n
  FROM (
    SELECT ${column} AS value, ${HOUR(at)} AS hour, ${HOUR("min(known_at)")} AS known, min(known_at) AS told
    FROM order_events AS e
    WHERE kind = '${kind}' AND ${column} != '' AND isNotNull(${at}) AND known_at < ${BEFORE} AND order_id IN (
      SELECT order_id FROM order_events WHERE kind = '${kind}' AND known_at >= ${AFTER} AND known_at < ${BEFORE})
      AND ${at} >= ${REACH}
    GROUP BY value, hour, order_id HAVING told >= ${AFTER}
  )
  GROUP BY value, hour, known`;

const EVENTS = [COMPLAINTS, findings("stalls", STALLED), findings("late", LATE)];
const EXPOSURES = [
  exposure("placed", "region", "destination", "placed"),
  exposure("placed", "merchant", "merchant_id", "placed"),
  exposure("placed", "category", "category", "placed"),
  exposure("due", "region", "destination", "placed", "promised_by"),
  exposure("due", "merchant", "merchant_id", "placed", "promised_by"),
  exposure("due", "category", "category", "placed", "promised_by"),
  exposure("arrived", "hub", "hub", "arrived_hub"),
  exposure("arrived", "region", "region", "arrived_hub"),
  exposure("customs", "region", "region", "customs_entered"),
  exposure("picked", "carrier", "carrier", "picked_up"),
];

interface HalfwayRow extends Pick<EventRow, "region" | "merchant" | "category" | "carrier" | "hour" | "n"> {
  readonly behind: number;
}
const HALFWAY = `
  SELECT region, merchant, category, carrier, toUInt32(intDiv(half, 3600000)) AS hour, toUInt32(count()) AS n, toUInt32(sum(h.behind)) AS behind
  FROM (${halfwayOrders()}) AS h GROUP BY region, merchant, category, carrier, hour`;

/** Facts that became known in [from, to), both in ms, of things that happened at `oldest` or later. */
export async function readFacts(
  store: Store,
  from: number,
  to: number,
  oldest: number,
): Promise<{ readonly events: EventRow[]; readonly exposures: ExposureRow[] }> {
  const read = async <Row>(queries: readonly string[]) =>
    (await Promise.all(queries.map((sql) => store.query<Row>(sql, { from, to, oldest })))).flat();
  const start = Math.max(from, oldest);
  const [events, exposures, halfway] = await Promise.all([
    read<EventRow>(EVENTS),
    read<ExposureRow>(EXPOSURES),
    store.query<HalfwayRow>(HALFWAY, { from: start, to }),
  ]);
  for (const row of halfway) {
    const { region, merchant, category, carrier, hour, n, behind } = row;
    const place = { region, merchant, category, carrier, hub: "", stalled: "", hour, known: hour };
    if (behind > 0) events.push({ measure: "slow", type: "", ...place, lag: 0, pickedLag: -1, n: behind });
    for (const dimension of ["region", "merchant"] as const) {
      if (row[dimension] === "") continue;
      exposures.push({ exposure: "halfway", dimension, value: row[dimension], hour, known: hour, n });
    }
  }
  return { events, exposures };
}
