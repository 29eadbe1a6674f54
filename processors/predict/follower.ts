import { forecastCounts } from "../../forecasting/seasonal.ts";
import type { Store } from "../../infra/store/port.ts";
import type { Follower } from "../shell/follow.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Hours of the past a forecast is made from, and hours ahead. */
const PAST = 28 * 24;
const AHEAD = 72;
/** Regions with their own forecast: those with the most complaints. The rest is in the total. */
const REGIONS = 5;
/** Below this many complaints in the past a series says nothing of its hours. */
const ENOUGH = 30;

/** Once a day of event time, complaints by the hour for the next three days, in all and for the busiest regions. */
export function createPredict(options: { readonly store: Store; readonly above: Above }): Follower {
  const { store, above } = options;
  return {
    name: "predict",
    async start() {},
    async step({ from, to }) {
      const first = Math.max(from, await firstComplaint(store, to));
      const start = Math.ceil(first / DAY_MS) * DAY_MS;
      if (start >= to) return undefined;
      const told = await readComplaints(store, start - PAST * HOUR_MS, to, above);
      const rows: object[] = [];
      for (let issued = start; issued < to; issued += DAY_MS) rows.push(...forecastsAt(told, issued));
      await store.insert("forecasts", rows);
      return undefined;
    },
  };
}

async function firstComplaint(store: Store, to: number): Promise<number> {
  const [row] = await store.query<{ at: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM complaint_events
     WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) HAVING count() > 0`,
    { to },
  );
  return row?.at ?? to;
}

/** Complaints of one region and hour, with the hour in which they were known. Hours since 1970. */
interface Told {
  readonly region: string;
  readonly hour: number;
  readonly known: number;
  readonly n: number;
}

async function readComplaints(store: Store, from: number, to: number, above: Above): Promise<Told[]> {
  const rows = await store.query<Told>(
    `SELECT place AS region, toUInt32(intDiv(toUnixTimestamp64Milli(first_at), 3600000)) AS hour,
       toUInt32(intDiv(toUnixTimestamp64Milli(first_known), 3600000)) AS known, toUInt32(count()) AS n
     FROM (
       SELECT argMin(region, (known_at, offset)) AS place, argMin(at, (known_at, offset)) AS first_at, min(known_at) AS first_known
       FROM complaint_events WHERE kind = 'opened' AND known_at < fromUnixTimestamp64Milli({to:Int64})
       GROUP BY complaint_id HAVING first_at >= fromUnixTimestamp64Milli({from:Int64}))
     GROUP BY region, hour, known`,
    { from, to },
  );
  return rows.map((row) => ({ ...row, region: row.region === "" ? "" : top(row.region, above) }));
}

/** @param issued  ms, a full hour: only what was known before it is looked at */
function forecastsAt(told: readonly Told[], issued: number): object[] {
  const end = issued / HOUR_MS;
  const series = new Map<string, Float64Array>();
  for (const { region, hour, known, n } of told) {
    const index = hour - (end - PAST);
    if (index < 0 || index >= PAST || known >= end) continue;
    for (const name of region === "" ? ["complaints"] : ["complaints", `complaints|region|${region}`]) {
      const hours = series.get(name) ?? new Float64Array(PAST);
      hours[index] = (hours[index] ?? 0) + n;
      series.set(name, hours);
    }
  }
  const total = (hours: Float64Array) => hours.reduce((sum, n) => sum + n, 0);
  return [...series]
    .filter(([, hours]) => total(hours) >= ENOUGH)
    .sort(([a, x], [b, y]) => total(y) - total(x) || (a < b ? -1 : 1))
    .slice(0, REGIONS + 1)
    .flatMap(([name, hours]) => rowsOf(name, sinceFirst(hours), issued));
}

type Above = (region: string) => string | undefined;

function top(region: string, above: Above): string {
  const parent = above(region);
  return parent === undefined ? region : top(parent, above);
}

/** Hours before the first complaint may be hours before there was a shop: they are no evidence of calm. */
const sinceFirst = (hours: Float64Array): Float64Array => hours.subarray(hours.findIndex((n) => n > 0));

function rowsOf(series: string, counts: Float64Array, issued: number): object[] {
  const { mean, lower, upper } = forecastCounts({ counts, periods: [24, 168], horizon: AHEAD });
  return Array.from(mean, (value, hour) => ({
    series,
    issued_at: issued,
    at: issued + hour * HOUR_MS,
    model: "seasonal-counts",
    mean: value,
    lower: lower[hour],
    upper: upper[hour],
  }));
}
