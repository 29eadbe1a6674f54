import { PER_E, SHORTEST, type Waits } from "../../forecasting/dwell/bins.ts";
import { type Calendar, cumulativeWork, localDay, type Rhythm } from "../../forecasting/dwell/calendar.ts";
import type { Sample, WeekdaySample } from "../../forecasting/dwell/norm.ts";
import type { Store } from "../../infra/store/port.ts";
import { NORM_STAGES, type NormStage } from "../shell/norms.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Part of the window that is held out when the shape of a tail is chosen. */
const NEWER = 0.25;

/** Steps of an order by number; what is no step of its way is not looked at. */
const STEPS = [
  "placed",
  "paid",
  "picked_up",
  "departed_hub",
  "arrived_hub",
  "customs_entered",
  "customs_cleared",
  "out_for_delivery",
  "delivery_failed",
  "delivered",
  "cancelled",
  "lost",
  "damaged",
  "returned",
  "refunded",
] as const;
const stepOf = (kind: (typeof STEPS)[number]) => STEPS.indexOf(kind) + 1;
const DELIVERED = stepOf("delivered");

/** Number of the stage an order waits in after each step; 0 for none. */
const STAGE_AFTER: readonly number[] = [
  "",
  "payment",
  "pickup",
  "transit",
  "transit",
  "hub",
  "customs",
  "transit",
  "delivery",
  "redelivery",
].map((stage) => NORM_STAGES.indexOf(stage as NormStage) + 1);

export interface Learned {
  readonly samples: readonly Sample[];
  readonly weekdays: readonly WeekdaySample[];
}

/** Working hours by stage and carrier; "" is every carrier without its own. */
export type Rhythms = Readonly<Partial<Record<NormStage, Readonly<Record<string, Rhythm>>>>>;

interface Row {
  readonly stage: number;
  readonly service: string;
  readonly carrier: string;
  readonly origin: string;
  readonly destination: string;
  readonly newer: number;
  /** -1 in the rows by lane. */
  readonly weekday: number;
  readonly bins: readonly number[];
  readonly ended: readonly number[];
  readonly going: readonly number[];
}

/**
 * The waits of healthy orders by stage, counted in working time. An order with a promise counts once its promise is
 * over and it was kept: whoever came early but might have come late is not counted sooner than those who still
 * wait, so nothing is skewed by looking early. One without a promise counts from the start, and what it still waits
 * for as a wait that goes on.
 * @param cutoff  ms: nothing that was known later is looked at
 * @param from    ms: orders that began before are not looked at
 */
export async function readWaits(
  store: Store,
  { from, cutoff }: { readonly from: number; readonly cutoff: number },
  calendar: Calendar,
  rhythms: Rhythms,
): Promise<Map<NormStage, Learned>> {
  const rows = await store.query<Row>(...waitsQuery(from, cutoff, calendar, rhythms));
  const learned = new Map(
    NORM_STAGES.map((stage) => [stage, { samples: [] as Sample[], weekdays: [] as WeekdaySample[] }]),
  );
  for (const { stage, weekday, newer, bins, ended, going, ...lane } of rows) {
    const own = learned.get(NORM_STAGES[stage - 1] as NormStage);
    const waits: Waits = { bins, ended, going };
    if (weekday < 0) own?.samples.push({ ...lane, newer: newer === 1, waits });
    else own?.weekdays.push({ service: lane.service, weekday, waits });
  }
  return learned;
}

function waitsQuery(
  from: number,
  cutoff: number,
  calendar: Calendar,
  rhythms: Rhythms,
): [sql: string, params: Record<string, unknown>] {
  const clocks = clocksOf(rhythms);
  const first = localDay(calendar, from) - 1;
  const days = localDay(calendar, cutoff) - first + 3;
  const offset = calendar.offset * HOUR_MS;
  // Numbers of ours, too many for the address of a request: they stand in the text. Names come as parameters.
  // One flat list each: the engine would copy a list of lists for every row.
  // And each as one literal: a thousand of them take the engine longer to plan than the waits to count.
  const list = (numbers: readonly number[]) => `CAST('[${numbers}]', 'Array(Int32)')`;
  const work = list(clocks.list.flatMap((clock) => cumulativeWork(calendar, clock, first, days)));
  const rates = list(clocks.list.flatMap(({ days: rate }) => rate));
  const weekdays = list(Array.from({ length: days }, (_, day) => calendar.weekdayOf(first + day)));
  // Working hours since the first midnight at a moment, by the clock of the stage and carrier.
  const worked = (ms: string) =>
    `(work[(clock - 1) * ${days} + intDiv(${ms} + ${offset}, ${DAY_MS}) - ${first} + 1]
      + rates[(clock - 1) * 7 + weekdays[intDiv(${ms} + ${offset}, ${DAY_MS}) - ${first} + 1] + 1]
        * greatest(0, least(closes[clock], ((${ms} + ${offset}) % ${DAY_MS}) / ${HOUR_MS}) - opens[clock])) / 4`;
  const sql = `WITH
    ${work} AS work, ${rates} AS rates, ${weekdays} AS weekdays,
    [${clocks.list.map(({ opens }) => opens)}] AS opens, [${clocks.list.map(({ closes }) => closes)}] AS closes
  SELECT stage, service, carrier, origin, destination, newer, weekday,
    groupArray(bin) AS bins, groupArray(done) AS ended, groupArray(open) AS going
  FROM (
    SELECT stage, service, carrier, origin, destination, newer,
      toInt8(if(grouping(began) = 0, began, -1)) AS weekday, bin,
      toUInt32(countIf(over)) AS done, toUInt32(countIf(NOT over)) AS open
    FROM (
      SELECT stage, service, carrier, origin, destination, since >= {newest:Int64} AS newer, over,
        weekdays[intDiv(since + ${offset}, ${DAY_MS}) - ${first} + 1] AS began,
        transform(concat(toString(stage), ':', carrier), {clockOf:Array(String)}, {clockAt:Array(UInt16)},
          transform(stage, {stages:Array(UInt8)}, {stageAt:Array(UInt16)}, toUInt16(1))) AS clock,
        toInt16(floor(log(greatest(${SHORTEST}, ${worked("until")} - ${worked("since")})) * ${PER_E})) AS bin
      FROM (
        SELECT service, carrier, origin, destination, toUInt8(wait.1) AS stage, wait.2 AS since,
          if(wait.3 = 0, {cutoff:Int64}, wait.3) AS until, wait.4 AS over
        FROM (${ordersSql})
        ARRAY JOIN arrayConcat(
          arrayMap((step, next) -> (
            arrayElement(${JSON.stringify([...STAGE_AFTER, 0, 0, 0, 0, 0, 0].slice(1))}, step % 32),
            intDiv(step, 32),
            -- Customs last until they are cleared, whatever is scanned meanwhile.
            intDiv(if(step % 32 = ${stepOf("customs_entered")},
              arrayFirst(y -> y > step AND y % 32 = ${stepOf("customs_cleared")}, steps), next), 32) AS ends,
            ends > 0 AND next % 32 <= ${DELIVERED}), steps, arrayPushBack(arrayPopFront(steps), 0)),
          if(left_at > 0, [(${NORM_STAGES.indexOf("way") + 1}, intDiv(left_at, 32), intDiv(came_at, 32), came_at > 0)], [])
        ) AS wait
        WHERE stage > 0 AND until >= since AND since >= {from:Int64} AND (over OR waits)
      )
    )
    GROUP BY GROUPING SETS ((stage, service, carrier, origin, destination, newer, bin), (stage, service, began, bin))
    ORDER BY bin
  )
  GROUP BY stage, service, carrier, origin, destination, newer, weekday
  ORDER BY stage, service, carrier, origin, destination, newer, weekday
  SETTINGS optimize_aggregation_in_order = 1, compile_expressions = 0, compile_aggregate_expressions = 0`;
  return [
    sql,
    {
      from,
      cutoff,
      newest: Math.round(cutoff - NEWER * (cutoff - from)),
      clockOf: clocks.carriers.map(({ stage, carrier }) => `${stage}:${carrier}`),
      clockAt: clocks.carriers.map(({ clock }) => clock),
      stages: clocks.stages.map(({ stage }) => stage),
      stageAt: clocks.stages.map(({ clock }) => clock),
    },
  ];
}

/** One row an order: its steps in order of time as ms * 32 + number, what is known of its lane, and whether it counts. */
const ordersSql = `
  SELECT service, carrier, origin, destination,
    arrayMap(x -> x % 32, raw) AS kinds,
    arrayFirst(x -> x % 32 BETWEEN ${stepOf("picked_up")} AND ${stepOf("delivery_failed")}, raw) AS moved,
    arrayFirst(x -> x % 32 = ${stepOf("picked_up")}, raw) AS left_at,
    arrayFirst(x -> x % 32 = ${DELIVERED} AND x >= left_at, raw) AS came_at,
    -- Orders wait for payment and pick-up once, and not after they have moved.
    arrayFilter((x, i) -> x % 32 > ${stepOf("paid")} OR (i = indexOf(kinds, x % 32) AND (moved = 0 OR x < moved)),
      raw, arrayEnumerate(raw)) AS steps,
    promise IS NULL AND came_at = 0 AS waits
  FROM (
    SELECT
      arraySort(groupUniqArrayIf(toUnixTimestamp64Milli(at) * 32 + number, number > 0)) AS raw,
      argMaxIf(service, (at, service), service != '') AS service,
      argMaxIf(carrier, (at, carrier), carrier != '') AS carrier,
      argMaxIf(origin, (at, origin), origin != '') AS origin,
      argMaxIf(destination, (at, destination), destination != '') AS destination,
      argMaxIf(promised_by, (at, promised_by), promised_by IS NOT NULL) AS promise
    FROM (
      SELECT *, toInt64(indexOf([${STEPS.map((kind) => `'${kind}'`)}], toString(kind))) AS number FROM order_events
      WHERE known_at < fromUnixTimestamp64Milli({cutoff:Int64}) AND at >= fromUnixTimestamp64Milli({from:Int64})
    )
    GROUP BY order_id
  )
  WHERE NOT has(kinds, ${stepOf("lost")}) AND NOT has(kinds, ${stepOf("damaged")}) AND (promise IS NULL
    OR (promise < fromUnixTimestamp64Milli({cutoff:Int64}) AND came_at > 0
      AND intDiv(came_at, 32) <= toUnixTimestamp64Milli(promise)))`;

/** What ends the waits of a stage: the hours in which it happens are the hours in which somebody works on it. */
const ENDS: Readonly<Record<NormStage, readonly string[]>> = {
  payment: ["paid"],
  pickup: ["picked_up"],
  transit: ["arrived_hub", "customs_entered", "out_for_delivery", "delivered"],
  hub: ["departed_hub", "out_for_delivery"],
  customs: ["customs_cleared"],
  delivery: ["delivered", "delivery_failed"],
  redelivery: ["out_for_delivery"],
  way: ["delivered"],
};

/** Working hours by stage, and by carrier where its scans say them and they differ from the stage's. */
export async function readRhythms(
  store: Store,
  { from, cutoff }: { readonly from: number; readonly cutoff: number },
  calendar: Calendar,
  rhythmOf: (counts: Float64Array) => Rhythm,
): Promise<Rhythms> {
  const rows = await store.query<{ kind: string; carrier: string; hour: number; n: number }>(
    `SELECT toString(kind) AS kind, toString(carrier) AS carrier, toUInt32(count()) AS n,
       toUInt32(intDiv(toUnixTimestamp64Milli(e.at) + {offset:Int64}, ${HOUR_MS})) AS hour
     FROM order_events AS e FINAL
     WHERE e.known_at < fromUnixTimestamp64Milli({cutoff:Int64}) AND e.at >= fromUnixTimestamp64Milli({from:Int64})
       AND kind IN {kinds:Array(String)}
     GROUP BY kind, carrier, hour ORDER BY kind, carrier, hour`,
    { from, cutoff, offset: calendar.offset * HOUR_MS, kinds: [...new Set(Object.values(ENDS).flat())] },
  );
  const rhythms: Partial<Record<NormStage, Record<string, Rhythm>>> = {};
  for (const stage of NORM_STAGES) {
    const byCarrier = new Map<string, Float64Array>([["", new Float64Array(168)]]);
    for (const { kind, carrier, hour, n } of rows) {
      if (!ENDS[stage].includes(kind)) continue;
      // A holiday counts as the day it is treated as.
      const slot = calendar.weekdayOf(Math.floor(hour / 24)) * 24 + (hour % 24);
      for (const name of carrier === "" ? [""] : ["", carrier]) {
        const counts = byCarrier.get(name) ?? new Float64Array(168);
        counts[slot] = (counts[slot] as number) + n;
        byCarrier.set(name, counts);
      }
    }
    rhythms[stage] = ownRhythms(byCarrier, rhythmOf);
  }
  return rhythms;
}

/** Most carriers with working hours of their own: each is a line in a query. */
const CARRIERS = 12;
/** Fewest events for working hours of one's own. */
const OWN = 1000;

function ownRhythms(
  byCarrier: ReadonlyMap<string, Float64Array>,
  rhythmOf: (counts: Float64Array) => Rhythm,
): Record<string, Rhythm> {
  const all = rhythmOf(byCarrier.get("") ?? new Float64Array(168));
  const total = (counts: Float64Array) => counts.reduce((sum, n) => sum + n, 0);
  const own = [...byCarrier]
    .filter(([name, counts]) => name !== "" && total(counts) >= OWN)
    .sort(([a, x], [b, y]) => total(y) - total(x) || (a < b ? -1 : 1))
    .map(([name, counts]) => [name, rhythmOf(counts)] as const)
    .filter(([, rhythm]) => JSON.stringify(rhythm) !== JSON.stringify(all))
    .slice(0, CARRIERS);
  return Object.fromEntries([["", all], ...own]);
}

/** Rhythms numbered from 1, each once, and who goes by which. */
function clocksOf(rhythms: Rhythms) {
  const list: Rhythm[] = [];
  const numberOf = (rhythm: Rhythm) => {
    const known = list.findIndex((other) => JSON.stringify(other) === JSON.stringify(rhythm));
    return known >= 0 ? known + 1 : list.push(rhythm);
  };
  const stages: { stage: number; clock: number }[] = [];
  const carriers: { stage: number; carrier: string; clock: number }[] = [];
  NORM_STAGES.forEach((name, i) => {
    for (const [carrier, rhythm] of Object.entries(rhythms[name] ?? {})) {
      if (carrier === "") stages.push({ stage: i + 1, clock: numberOf(rhythm) });
      else carriers.push({ stage: i + 1, carrier, clock: numberOf(rhythm) });
    }
  });
  // A list must not be empty to have a type.
  if (carriers.length === 0) carriers.push({ stage: 0, carrier: "", clock: 1 });
  return { list, stages, carriers };
}
