import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { int, moment, real, select } from "../summary/sql.ts";

const HOUR = 3_600_000;
/** Two days: a spike and the same hours of the day before. */
const HOURS = 48;

const judged = z.object({ at: moment, observed: int, expected: real, upper: real, alarm: z.coerce.boolean() });
const counted = z.object({ at: moment, observed: int });
const best = z.object({ series: z.string(), dimension: z.string(), value: z.string(), type: z.string() });

type ChartPoint = {
  readonly at: string;
  readonly observed: number;
  readonly expected: number | null;
  readonly upper: number | null;
  readonly alarm: boolean;
};
export type Chart = {
  /** The judged series shown; null when nothing was judged and the points are all complaints there were. */
  readonly series: { readonly dimension: string; readonly value: string; readonly type: string } | null;
  /** One an hour, oldest first, the last one ending at the frontier; empty before there is one. */
  readonly points: readonly ChartPoint[];
};

/**
 * Complaints per hour of the last two days up to the frontier. Where the detector judged complaints, the series is
 * the one it alarmed about most (then the largest), with what it expected and where it would have alarmed.
 * @param frontier  ISO 8601 or null when nothing is processed
 */
export async function chart(store: Store, frontier: string | null): Promise<Chart> {
  if (frontier === null) return { series: null, points: [] };
  const end = Math.ceil(Date.parse(frontier) / HOUR) * HOUR;
  const span = { from: end - HOURS * HOUR, to: end };
  const [top] = await select(
    store,
    best,
    `SELECT series, any(dimension) AS dimension, any(value) AS value, any(type) AS type FROM judgements FINAL
     WHERE startsWith(measure, 'complaint') AND bucket_ms = 3600000
       AND at >= fromUnixTimestamp64Milli({from:Int64}) AND at < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY series ORDER BY countIf(alarm) DESC, sum(observed) DESC, series LIMIT 1`,
    span,
  );
  if (top === undefined) return { series: null, points: hours(span, await allComplaints(store, span)) };
  const rows = await select(
    store,
    judged,
    `SELECT toUnixTimestamp64Milli(j.at) AS at, observed, expected, upper, alarm FROM judgements AS j FINAL
     WHERE series = {series:String} AND bucket_ms = 3600000
       AND j.at >= fromUnixTimestamp64Milli({from:Int64}) AND j.at < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY j.at LIMIT {hours:UInt32}`,
    { ...span, series: top.series, hours: HOURS },
  );
  const { dimension, value, type } = top;
  return { series: { dimension, value, type }, points: hours(span, rows) };
}

type Span = { readonly from: number; readonly to: number };

async function allComplaints(store: Store, span: Span): Promise<ChartPoint[]> {
  const rows = await select(
    store,
    counted,
    `SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfHour(c.at), 3, 'UTC')) AS at,
       uniqExact(complaint_id) AS observed
     FROM complaint_events AS c WHERE kind = 'opened'
       AND c.at >= fromUnixTimestamp64Milli({from:Int64}) AND c.at < fromUnixTimestamp64Milli({to:Int64})
     GROUP BY toStartOfHour(c.at) ORDER BY at LIMIT {hours:UInt32}`,
    { ...span, hours: HOURS },
  );
  return rows.map((row) => ({ ...row, expected: null, upper: null, alarm: false }));
}

/** One point for every hour: one without a row had no complaint and was not judged. */
function hours(span: Span, rows: readonly ChartPoint[]): ChartPoint[] {
  const known = new Map(rows.map((row) => [Date.parse(row.at), row]));
  return Array.from({ length: HOURS }, (_, i) => {
    const ms = span.from + i * HOUR;
    const empty = { at: new Date(ms).toISOString(), observed: 0, expected: null, upper: null, alarm: false };
    return known.get(ms) ?? empty;
  });
}
