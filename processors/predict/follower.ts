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
export function createPredict(options: {
  readonly store: Store;
  readonly above: (region: string) => string | undefined;
}): Follower {
  const { store, above } = options;
  return {
    name: "predict",
    async start() {},
    async step({ from, to }) {
      const first = Math.max(from, await firstComplaint(store, to));
      const rows: object[] = [];
      for (let issued = Math.ceil(first / DAY_MS) * DAY_MS; issued < to; issued += DAY_MS) {
        rows.push(...(await forecastsAt(store, issued, above)));
      }
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

async function forecastsAt(store: Store, issued: number, above: (region: string) => string | undefined): Promise<object[]> {
  const counts = await store.query<{ region: string; hour: number; n: number }>(
    `SELECT region, toInt32(intDiv(toUnixTimestamp64Milli(first_at) - {from:Int64}, 3600000)) AS hour, toUInt32(count()) AS n
     FROM (
       SELECT argMin(region, known_at) AS region, argMin(at, known_at) AS first_at FROM complaint_events
       WHERE kind = 'opened' AND known_at < fromUnixTimestamp64Milli({issued:Int64}) GROUP BY complaint_id
       HAVING first_at >= fromUnixTimestamp64Milli({from:Int64}) AND first_at < fromUnixTimestamp64Milli({issued:Int64}))
     GROUP BY region, hour`,
    { from: issued - PAST * HOUR_MS, issued },
  );
  const series = new Map<string, Float64Array>();
  for (const { region, hour, n } of counts) {
    for (const name of ["complaints", ...(region === "" ? [] : [`complaints|region|${top(region, above)}`])]) {
      const hours = series.get(name) ?? new Float64Array(PAST);
      hours[hour] = (hours[hour] ?? 0) + n;
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

function top(region: string, above: (region: string) => string | undefined): string {
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
