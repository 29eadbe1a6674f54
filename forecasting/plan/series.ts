import { type EtsState, etsPath, fitEts, replayEts } from "../models/ets.ts";
import { choose } from "../models/glm-level.ts";
import { DAYS_AHEAD, type PlanDriver } from "./calendar.ts";
import { doubt, explain, type Regression } from "./regression.ts";

/** A daily series and what drives it, up to a day, with the days ahead. */
export interface PlanSeries {
  readonly name: string;
  /** Day of y[0]. */
  readonly first: number;
  /** Counts by day, oldest first; NaN where unknown. */
  readonly y: Float64Array;
  readonly drivers: readonly PlanDriver[];
  /** Per driver, from the first day to DAYS_AHEAD beyond the last. */
  readonly values: readonly Float64Array[];
  /** The series whose effects are where this one's start from. */
  readonly borrows?: string | undefined;
}

export const COMPETITORS = ["regression", "smoothing", "median"] as const;

/** What each competitor says of the days ahead, on the scale log(count + 0.5). */
export interface Paths {
  readonly location: readonly Float64Array[];
  /** Log effect of the drivers that is in all of them, and what is not known of it, as a variance. */
  readonly driven: Float64Array;
  readonly doubt: Float64Array;
  /** Log ratio by which recent days stood above the regression, and the share kept after each day. */
  readonly level: { readonly now: number; readonly keep: number };
}

export type Smoothing = Pick<EtsState, "gain" | "slopeGain" | "seasonGain">;

/**
 * The competitors' paths after the first `end` days, by a regression learned at or before that day.
 * Beyond what is usually known in advance drivers fade: in a backtest nobody may see tomorrow's weather.
 * @param seen  days ahead for which the values of a driver are taken as they are
 */
export function pathsOf(
  series: PlanSeries,
  end: number,
  horizon: number,
  regression: Regression,
  smoothing: Smoothing | undefined,
  seen: (driver: PlanDriver) => number,
): Paths & { readonly smoothing: Smoothing } {
  const { drivers } = series;
  const d = drivers.length;
  // What is local is in the last weeks; the regression has seen the rest.
  const since = Math.max(0, end - RECENT);
  const first = series.first + since;
  const n = end - since;
  const y = series.y.subarray(since, end);
  const values = series.values.map((v) => v.subarray(since));
  const fitted = new Float64Array(n);
  const adjusted = new Float64Array(n);
  const known = new Float64Array(n);
  const counts = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const { calendar, driven } = explain(regression, first + i, d, (k) => values[k]?.[i] as number);
    fitted[i] = Math.exp(Math.min(50, calendar + driven));
    const v = y[i] as number;
    adjusted[i] = Math.log(v + 0.5) - driven;
    known[i] = Number.isNaN(v) ? 0 : 1;
    counts[i] = Number.isNaN(v) ? 0 : v;
  }
  const level = choose(counts, fitted, known, Math.min(horizon, 14), regression.theta);
  const state = smoothing
    ? replayEts({ ...BLANK, ...smoothing, season: new Float64Array(n >= 14 ? 7 : 1) }, adjusted)
    : fitEts(adjusted, 7);
  const smooth = etsPath(state, horizon);
  const location = [new Float64Array(horizon), new Float64Array(horizon), new Float64Array(horizon)] as const;
  const effect = new Float64Array(horizon);
  const unknown = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    const value = (k: number) => ahead(values[k] as Float64Array, n, h, drivers[k] as PlanDriver, seen);
    const { calendar, driven } = explain(regression, first + n + h, d, value);
    effect[h] = driven;
    unknown[h] = doubt(regression, d, value);
    location[0][h] = Math.log(Math.exp(Math.min(50, calendar + driven + level.now * level.keep ** (h + 1))) + 0.5);
    location[1][h] = (smooth[h] as number) + driven;
    location[2][h] = sameWeekday(adjusted, h) + driven;
  }
  return { location, driven: effect, doubt: unknown, level, smoothing: state };
}

/** Days looked back on, whole weeks. */
const RECENT = 224;

const BLANK: EtsState = {
  level: 0,
  slope: 0,
  season: new Float64Array(7),
  phase: 0,
  damping: 0.95,
  sigma: 0,
  gain: 0,
  slopeGain: 0,
  seasonGain: 0,
};

export const allSeen = (): number => DAYS_AHEAD;
export const usuallySeen = (driver: PlanDriver): number => driver.ahead;

/** Value of a driver h days after n: as given where it is seen, else what fades of the last one. */
function ahead(
  values: Float64Array,
  n: number,
  h: number,
  driver: PlanDriver,
  seen: (driver: PlanDriver) => number,
): number {
  const far = seen(driver);
  if (h < far) return values[n + h] as number;
  if (driver.fade === 0 || n + far === 0) return 0;
  return (values[n + far - 1] as number) * driver.fade ** (h - far + 1);
}

const WEEKS = 8;

/** Median of the last weeks' values of the same weekday, h days after the end. */
function sameWeekday(z: Float64Array, h: number): number {
  const found: number[] = [];
  for (let i = z.length + h - 7 * (Math.floor(h / 7) + 1); i >= 0 && found.length < WEEKS; i -= 7) {
    if (!Number.isNaN(z[i] as number)) found.push(z[i] as number);
  }
  found.sort((a, b) => a - b);
  const m = found.length;
  return m === 0 ? Number.NaN : ((found[(m - 1) >> 1] as number) + (found[m >> 1] as number)) / 2;
}
