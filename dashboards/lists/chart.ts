import { z } from "zod";
import type { Store } from "../../infra/store/port.ts";
import { int, moment, real, select } from "../summary/sql.ts";

const HOUR = 3_600_000;
/** Two days: a spike and the same hours of the day before. */
const HOURS = 48;

const counted = z.object({ at: moment, observed: int });
const forecast = z.object({ at: moment, expected: real, upper: real });
const alarmed = z.object({ at: moment });

type ChartPoint = {
  readonly at: string;
  readonly observed: number;
  /** What was forecast for this hour before it began; null when nothing was. */
  readonly expected: number | null;
  readonly upper: number | null;
  /** A detector of complaints raised an alarm at the end of this hour, somewhere. */
  readonly alarm: boolean;
};
/** One point an hour, oldest first, the last one ending at the frontier; empty before there is one. */
export type Chart = readonly ChartPoint[];

/**
 * All complaints per hour of the last two days up to the frontier, against what was forecast for them.
 * Judgements are of single places and of windows of several hours, so they give the alarms and not the lines.
 * @param frontier  ISO 8601 or null when nothing is processed
 */
export async function chart(store: Store, frontier: string | null): Promise<Chart> {
  if (frontier === null) return [];
  const end = Math.ceil(Date.parse(frontier) / HOUR) * HOUR;
  const span = { from: end - HOURS * HOUR, to: end };
  const within = (column: string) =>
    `${column} >= fromUnixTimestamp64Milli({from:Int64}) AND ${column} < fromUnixTimestamp64Milli({to:Int64})`;
  const observed = await select(
    store,
    counted,
    `SELECT toUnixTimestamp64Milli(toDateTime64(toStartOfHour(c.at), 3, 'UTC')) AS at,
       uniqExact(complaint_id) AS observed
     FROM complaint_events AS c WHERE kind = 'opened' AND ${within("c.at")}
     GROUP BY toStartOfHour(c.at) ORDER BY at LIMIT {hours:UInt32}`,
    { ...span, hours: HOURS },
  );
  const expected = await select(
    store,
    forecast,
    `SELECT toUnixTimestamp64Milli(f.at) AS at, argMax(f.mean, f.issued_at) AS expected,
       argMax(f.upper, f.issued_at) AS upper
     FROM forecasts AS f WHERE f.series = 'complaints' AND f.step = 'hour' AND f.issued_at <= f.at AND ${within("f.at")}
     GROUP BY f.at ORDER BY f.at LIMIT {hours:UInt32}`,
    { ...span, hours: HOURS },
  );
  const raised = "fromUnixTimestamp64Milli(toUnixTimestamp64Milli(j.at) + j.bucket_ms - 3600000)";
  const alarms = await select(
    store,
    alarmed,
    `SELECT DISTINCT toUnixTimestamp64Milli(${raised}) AS at FROM judgements AS j FINAL
     WHERE alarm AND measure = 'complaints' AND ${within(raised)} ORDER BY at LIMIT {hours:UInt32}`,
    { ...span, hours: HOURS },
  );
  const byHour = <Row extends { at: string }>(rows: readonly Row[]) => new Map(rows.map((row) => [row.at, row]));
  const [counts, forecasts, raisedAt] = [byHour(observed), byHour(expected), byHour(alarms)];
  return Array.from({ length: HOURS }, (_, i) => {
    const at = new Date(span.from + i * HOUR).toISOString();
    const foreseen = forecasts.get(at);
    return {
      at,
      observed: counts.get(at)?.observed ?? 0,
      expected: foreseen?.expected ?? null,
      upper: foreseen?.upper ?? null,
      alarm: raisedAt.has(at),
    };
  });
}
