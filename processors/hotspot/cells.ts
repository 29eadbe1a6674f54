import type { Cell } from "../../forecasting/causes/table.ts";
import type { Store } from "../../infra/store/port.ts";
import { halfwayOrders } from "./halfway.ts";
import type { Measure } from "./measures.ts";
import { complaintsIn, findingsIn, ordersIn, type Scope } from "./scope.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What an incident is compared with: this long before it, and not the last of it. */
const BEFORE_MS = 28 * DAY_MS;
const APART_MS = DAY_MS;
/** Orders this old are what the events of a time are out of, by measure. */
const REACH_MS: Readonly<Record<Measure, number>> = {
  complaints: 14 * DAY_MS,
  stalls: 5 * DAY_MS,
  late: 21 * DAY_MS,
  predicted_late: 21 * DAY_MS,
  slow: 0,
};

const AT = (name: string) => `fromUnixTimestamp64Milli({${name}:Int64})`;
const NOW_BEFORE = `toFloat64(countIf(said >= ${AT("since")})) AS now, toFloat64(countIf(said < ${AT("until")})) AS before`;

/** Words in which customers, couriers and agents say one thing, for complaints whose type and cause do not. */
const REASONS: readonly (readonly [reason: string, pattern: string])[] = [
  [
    "label_unclear",
    "标签模糊|标签不清|面单模糊|面单不清|(vague|unclear|illegible|blurred|smudged|unreadable) (address )?label|label[a-z ]{0,12}(vague|unclear|illegible|blurred|smudged|unreadable)",
  ],
  ["customs", "清关|海关|customs"],
  ["packaging", "包装(破|差|简陋)|poor(ly)? pack|packaging"],
  ["wrong_address", "地址(错|不对)|wrong address"],
];
const REASON = `multiIf(${REASONS.map(([reason, pattern]) => `match(lower(text), '${pattern}'), '${reason}'`).join(", ")}, '')`;

const FOUND: { readonly [M in Measure]?: string } = {
  late: "kind = 'promise_broken'",
  predicted_late: "kind = 'promise_at_risk'",
};
const FINDING_CELLS = (measure: Measure, scope: Scope) => `
  SELECT f_stage AS stage, f_carrier AS carrier, f_hub AS hub, f_merchant AS merchant, f_category AS category, f_region AS region, ${NOW_BEFORE}
  FROM (
    SELECT finding_id, any(f.at) AS said, any(f.stage) AS f_stage, any(f.carrier) AS f_carrier, any(f.hub) AS f_hub,
      any(f.merchant_id) AS f_merchant, any(f.category) AS f_category, any(f.region) AS f_region
    FROM finding_changes AS f
    WHERE change = 'opened' AND ${FOUND[measure] ?? "startsWith(kind, 'stalled_') AND kind != 'stalled_payment'"}
      AND f.at >= ${AT("from")} AND f.at < ${AT("to")} AND ${findingsIn(scope)}
    GROUP BY finding_id)
  GROUP BY stage, carrier, hub, merchant, category, region HAVING now + before > 0`;

const VERSIONS = ["appVersion", "app_version", "channelVersion", "channel_version"];
const COMPLAINT_CELLS = (scope: Scope) => `
  SELECT c_type AS type, c_cause AS cause, reason, c_channel AS channel, version, if(c_carrier != '', c_carrier, o_carrier) AS carrier, if(c_merchant != '', c_merchant, o_merchant) AS merchant,
    sort AS category, if(c_region != '', c_region, place) AS region, f_stage AS stage, ${NOW_BEFORE}
  FROM (
    SELECT complaint_id, argMin(c.at, (known_at, offset)) AS said, argMin(c.type, (known_at, offset)) AS c_type, argMin(c.cause, (known_at, offset)) AS c_cause,
      argMin(${REASON}, (known_at, offset)) AS reason, argMin(c.channel, (known_at, offset)) AS c_channel, argMin(c.region, (known_at, offset)) AS c_region,
      argMin(c.carrier, (known_at, offset)) AS c_carrier, argMin(c.merchant_id, (known_at, offset)) AS c_merchant, argMin(c.order_id, (known_at, offset)) AS c_order,
      argMin(multiIf(${VERSIONS.map((name) => `JSONHas(extra, '${name}'), JSONExtractString(extra, '${name}')`).join(", ")}, ''), (known_at, offset)) AS version
    FROM complaint_events AS c
    WHERE kind = 'opened' AND known_at < ${AT("to")} AND c.at >= ${AT("from")} AND ${complaintsIn(scope, "from")}
    GROUP BY complaint_id) AS c
  LEFT JOIN (
    SELECT order_id, argMinIf(carrier, (known_at, offset), carrier != '') AS o_carrier, argMinIf(merchant_id, (known_at, offset), merchant_id != '') AS o_merchant,
      argMinIf(category, (known_at, offset), category != '') AS sort, argMinIf(destination, (known_at, offset), destination != '') AS place
    FROM order_events WHERE known_at < ${AT("to")} AND order_id IN (
      SELECT order_id FROM complaint_events WHERE kind = 'opened' AND order_id != '' AND at >= ${AT("from")} AND known_at < ${AT("to")})
    GROUP BY order_id) AS o ON o.order_id = c_order
  LEFT JOIN (
    SELECT order_id, argMax(stage, (at, finding_id)) AS f_stage FROM finding_changes
    WHERE change = 'opened' AND order_id != '' AND at >= ${AT("from")} AND at < ${AT("to")} AND stage != '' GROUP BY order_id) AS f ON f.order_id = c_order
  GROUP BY type, cause, reason, channel, version, carrier, merchant, category, region, stage HAVING now + before > 0`;

const ORDER_CELLS = (scope: Scope) => `
  SELECT merchant, sort AS category, hauler AS carrier, place AS region, ${NOW_BEFORE}
  FROM (
    SELECT order_id, min(e.at) AS said, argMinIf(merchant_id, (known_at, offset), merchant_id != '') AS merchant, argMinIf(e.category, (known_at, offset), e.category != '') AS sort,
      argMinIf(e.carrier, (known_at, offset), e.carrier != '') AS hauler, argMinIf(e.destination, (known_at, offset), e.destination != '') AS place
    FROM order_events AS e WHERE e.at >= ${AT("from")} AND known_at < ${AT("to")} AND order_id IN (
      SELECT order_id FROM order_events WHERE kind IN ('placed', 'picked_up') AND at >= ${AT("from")} AND known_at < ${AT("to")} AND ${ordersIn(scope)})
    GROUP BY order_id)
  GROUP BY merchant, category, carrier, region HAVING now + before > 0`;

const HUB_CELLS = (scope: Scope) => `
  SELECT hub, toFloat64(uniqExactIf(order_id, at >= ${AT("since")})) AS now, toFloat64(uniqExactIf(order_id, at < ${AT("until")})) AS before
  FROM order_events WHERE kind = 'arrived_hub' AND hub != '' AND at >= ${AT("from")} AND known_at < ${AT("to")}
    AND ${scope.dimension === "region" ? "region IN {regions:Array(String)}" : ordersIn(scope)}
  GROUP BY hub`;

interface Counted {
  readonly now: number;
  readonly before: number;
}

const HALFWAY_CELLS = (scope: Scope, behind: boolean) => `
  SELECT merchant, category, carrier, region, toFloat64(countIf(half >= {since:Int64})) AS now, toFloat64(countIf(half < {until:Int64})) AS before
  FROM (${halfwayOrders(ordersIn(scope))}) WHERE ${behind ? "behind" : "1"}
  GROUP BY merchant, category, carrier, region HAVING now + before > 0`;

/**
 * What an incident's events are made of, and what they are out of: now (since it began) and in the four weeks before.
 * @param since  ms; @param to  ms, only what was known before it
 */
export async function readCells(
  store: Store,
  measure: Measure,
  scope: Scope,
  since: number,
  to: number,
): Promise<{ readonly cells: Cell[]; readonly exposures: Cell[][] }> {
  const { value, regions } = scope;
  const until = since - APART_MS;
  const from = until - BEFORE_MS;
  const read = async (sql: string, reach: number): Promise<Cell[]> => {
    const params = { value, regions, to, since: since - reach, until, from: from - reach };
    const rows = await store.query<Counted>(sql, params);
    // Exposure reaches back beyond the events it is for: by its share it is that of as much time as theirs.
    const scale = (span: number) => span / (span + reach);
    // Sums of fractions depend on their order, and the store's is its own.
    return inOrder(rows).map(({ now, before, ...dims }) => ({
      dims: dims as Record<string, string>,
      now: now * scale(to - since),
      before: before * scale(BEFORE_MS),
    }));
  };
  if (measure === "slow") {
    const [cells, exposure] = await Promise.all([
      read(HALFWAY_CELLS(scope, true), 0),
      read(HALFWAY_CELLS(scope, false), 0),
    ]);
    return { cells, exposures: [exposure] };
  }
  const [cells, ...tables] = await Promise.all([
    read(measure === "complaints" ? COMPLAINT_CELLS(scope) : FINDING_CELLS(measure, scope), 0),
    read(ORDER_CELLS(scope), REACH_MS[measure]),
    ...(measure === "stalls" ? [read(HUB_CELLS(scope), DAY_MS)] : []),
  ]);
  // The whole comes first; at a hub that is what arrived there.
  if (scope.dimension === "hub") tables.reverse();
  const known = tables.filter((table) => table.length > 0);
  return { cells, exposures: known.length > 0 ? known : [[{ dims: {}, now: to - since, before: BEFORE_MS }]] };
}

/** By what they say, one value after the other. */
function inOrder<Row extends object>(rows: readonly Row[]): Row[] {
  return rows
    .map((row) => ({ row, said: Object.values(row).join("\n") }))
    .sort((a, b) => (a.said < b.said ? -1 : a.said > b.said ? 1 : 0))
    .map(({ row }) => row);
}
