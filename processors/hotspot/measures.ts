import type { Store } from "../../infra/store/port.ts";
import { halfwayOrders } from "./halfway.ts";

export type Measure = "complaints" | "stalls" | "late" | "slow" | "predicted_late";
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

const SAID = `
  SELECT finding_id, any(f.at) AS said, any(f.since) AS began, any(f.due) AS limit_at, any(f.kind) AS f_kind, any(f.stage) AS f_stage,
    any(f.order_id) AS f_order, any(f.region) AS f_region, any(f.hub) AS f_hub, any(f.carrier) AS f_carrier,
    any(f.merchant_id) AS f_merchant, any(f.category) AS f_category
  FROM finding_changes AS f WHERE change = 'opened' AND (${STALLED} OR kind = 'promise_broken')
    AND f.at >= greatest(${AFTER}, ${REACH}) AND f.at < ${BEFORE} GROUP BY finding_id`;

// Every column has one type in both: a union would find a common one for the rest.
const HAPPENED = `
  SELECT 'complaints' AS measure, toString(c_type) AS type, toString(c_region) AS e_region, '' AS e_hub, toString(c_carrier) AS e_carrier,
    c_merchant AS e_merchant, '' AS e_category, c_order AS e_order, first_at AS e_at, first_known AS e_known, CAST(NULL AS Nullable(Int32)) AS e_lag
  FROM (${OPENED})
  UNION ALL
  SELECT if(f_kind = 'promise_broken', 'late', 'stalls') AS measure, if(f_kind = 'promise_broken', '', toString(f_stage)) AS type,
    toString(f_region) AS e_region, toString(f_hub) AS e_hub, toString(f_carrier) AS e_carrier, f_merchant AS e_merchant,
    toString(f_category) AS e_category, f_order AS e_order, said AS e_at, said AS e_known,
    multiIf(f_kind = 'promise_broken', ${LAG("assumeNotNull(limit_at)", "said")}, f_stage IN ('hub', 'customs'), ${LAG("began", "said")}, NULL) AS e_lag
  FROM (${SAID})`;
const HAPPENED_TO = `SELECT e_order FROM (${HAPPENED}) WHERE e_order != ''`;

/** What a complaint does not say its order may; a finding says all that was known. */
const orElse = (given: string, name: string) =>
  `if(${given} != '' OR measure != 'complaints', ${given}, ${told(name, "e_known")})`;
// At a hub and at customs a stall is out of what arrived there; elsewhere, and on its carrier, out of what was placed or picked up.
const EVENTS = `
  SELECT measure, type, ${orElse("e_region", "place")} AS region, e_hub AS hub, ${orElse("e_carrier", "hauler")} AS carrier,
    ${orElse("e_merchant", "merchant")} AS merchant, ${orElse("e_category", "sort")} AS category, ${HOUR("e_at")} AS hour,
    ${HOUR("e_known")} AS known, ifNull(e_lag, ${lag("placed", "e_at", "e_known")}) AS lag, ${lag("picked", "e_at", "e_known")} AS pickedLag,
    if(measure = 'stalls', '', ${stalled("e_known")}) AS stalled, toUInt32(count()) AS n
  FROM (${HAPPENED}) AS c LEFT JOIN (${ORDERS(HAPPENED_TO)}) AS o ON o.order_id = e_order
  LEFT JOIN (${STALLS(HAPPENED_TO)}) AS x ON x.order_id = e_order
  GROUP BY measure, type, region, hub, carrier, merchant, category, hour, known, lag, pickedLag, stalled SETTINGS join_use_nulls = 1`;

/** What an event of a kind exposes, where: a dimension, the column that says it, and the moment it counts at. */
const EXPOSED: readonly (readonly [kind: string, Exposure, Dimension, column: string, at: string])[] = [
  ["placed", "placed", "region", "destination", "at"],
  ["placed", "placed", "merchant", "merchant_id", "at"],
  ["placed", "placed", "category", "category", "at"],
  ["placed", "due", "region", "destination", "promised_by"],
  ["placed", "due", "merchant", "merchant_id", "promised_by"],
  ["placed", "due", "category", "category", "promised_by"],
  ["arrived_hub", "arrived", "hub", "hub", "at"],
  ["arrived_hub", "arrived", "region", "region", "at"],
  ["customs_entered", "customs", "region", "region", "at"],
  ["picked_up", "picked", "carrier", "carrier", "at"],
];
const KINDS = [...new Set(EXPOSED.map(([kind]) => kind))];
const exposedBy = (kind: string): string =>
  EXPOSED.filter(([of]) => of === kind)
    .map(([, name, dimension, column, at]) => `('${name}', '${dimension}', toString(${column}), ${at})`)
    .join(", ");
const LISTS = KINDS.map((kind) => `kind = '${kind}', [${exposedBy(kind)}]`).join(", ");
const LISTED = `kind IN (${KINDS.map((kind) => `'${kind}'`).join(", ")})`;

// An order that is told of again, and not merged yet, is known since it was first told of and counts no second time.
const EXPOSURES = `
  SELECT exposure, dimension, value, hour, known, toUInt32(count()) AS n
  FROM (
    SELECT x.1 AS exposure, x.2 AS dimension, x.3 AS value, ${HOUR("x.4")} AS hour, ${HOUR("min(known_at)")} AS known, min(known_at) AS told
    FROM order_events AS e ARRAY JOIN multiIf(${LISTS}, []) AS x
    WHERE ${LISTED} AND known_at < ${BEFORE} AND (kind, order_id) IN (
      SELECT kind, order_id FROM order_events WHERE ${LISTED} AND known_at >= ${AFTER} AND known_at < ${BEFORE})
      AND value != '' AND x.4 >= ${REACH}
    GROUP BY exposure, dimension, value, hour, order_id HAVING told >= ${AFTER}
  )
  GROUP BY exposure, dimension, value, hour, known`;

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
  const start = Math.max(from, oldest);
  const [events, exposures, halfway] = await Promise.all([
    store.query<EventRow>(EVENTS, { from, to, oldest }),
    store.query<ExposureRow>(EXPOSURES, { from, to, oldest }),
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
