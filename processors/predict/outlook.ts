import { coverageState } from "../../forecasting/combine/coverage.ts";
import { incompleteBeta } from "../../forecasting/math/incomplete.ts";
import { pinball } from "../../forecasting/metrics.ts";
import { MEDIAN, PLAN_LEVELS } from "../../forecasting/plan/calendar.ts";

/** Whether a forecast may be acted on: only `ok` without a person. */
export type Status = "ok" | "learning" | "coverage_broken" | "biased";

/** A forecast as issued, by the moments of one step. */
export interface Issued {
  readonly series: string;
  readonly step: "hour" | "day";
  /** Day at whose start it was issued. */
  readonly day: number;
  readonly version: string;
  readonly mean: readonly number[];
  /** Per PLAN_LEVELS. */
  readonly quantiles: readonly (readonly number[])[];
}

/** Days ahead that are scored: 1 is the day that began when the forecast was issued. */
export const DAILY_LEADS = [1, 2, 3, 7, 14, 21, 28, 35] as const;
export const HOURLY_LEADS = [1, 2, 3] as const;

export interface Score {
  readonly series: string;
  readonly step: "hour" | "day";
  readonly day: number;
  readonly lead: number;
  readonly version: string;
  readonly n: number;
  readonly actual: number;
  readonly mean: number;
  readonly absoluteError: number;
  readonly inside80: number;
  readonly inside90: number;
  readonly inside95: number;
  readonly below: number;
  readonly pinball: number;
}

/** Holds what came on a day against what was issued `lead` days before its end. @param actual  1 value, or 24 */
export function scoreOf(issued: Issued, lead: number, actual: Float64Array): Score {
  const per = actual.length;
  const total = { actual: 0, mean: 0, absoluteError: 0, inside80: 0, inside90: 0, inside95: 0, below: 0, pinball: 0 };
  actual.forEach((y, i) => {
    const at = (lead - 1) * per + i;
    const q = issued.quantiles.map((level) => level[at] as number);
    const inside = (low: number, high: number) => (y >= (q[low] as number) && y <= (q[high] as number) ? 1 : 0);
    total.actual += y;
    total.mean += issued.mean[at] as number;
    total.absoluteError += Math.abs(y - (q[MEDIAN] as number));
    total.inside80 += inside(2, 6);
    total.inside90 += inside(1, 7);
    total.inside95 += inside(0, 8);
    if (y < (q[MEDIAN] as number)) total.below++;
    PLAN_LEVELS.forEach((level, l) => {
      total.pinball += pinball(level, y, q[l] as number) / PLAN_LEVELS.length;
    });
  });
  const { series, step, version } = issued;
  return { series, step, day: issued.day + lead - 1, lead, version, n: per, ...total };
}

/** Days of one-day-ahead scores that are looked back on. */
export const WATCHED_DAYS = 28;
const LEAST = 7;
const BROKEN_BELOW = 1e-3;

/** What is kept of a score to watch a series by. */
export interface Watched {
  readonly day: number;
  readonly inside: boolean;
  readonly below: boolean;
}

/**
 * Status of a series by its daily forecasts one day ahead: their errors are nearly independent, so a plain binomial
 * tells whether they hold. Learning until a week was scored; a coin as lopsided as the side of the errors is a bias.
 */
export function statusOf(watched: readonly Watched[]): Status {
  const n = watched.length;
  if (n < LEAST) return "learning";
  const inside = watched.filter((w) => w.inside).length;
  if (coverageState(inside, n, 0.9).broken) return "coverage_broken";
  const below = watched.filter((w) => w.below).length;
  const fewer = Math.min(below, n - below);
  const tail = fewer === n ? 1 : incompleteBeta(n - fewer, fewer + 1, 0.5, 0.5).lower;
  return 2 * tail < BROKEN_BELOW ? "biased" : "ok";
}
