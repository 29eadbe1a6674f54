import { applyPromotions } from "./announced.ts";
import { LEVELS } from "./combine/calibrate.ts";
import { ONLINE_DEFAULTS, type OnlineForecast, playTrack } from "./combine/online.ts";
import { type Metrics, metricsOf, type Scored } from "./metrics.ts";
import type { Forecaster } from "./models/forecaster.ts";
import { seasonalNaive } from "./models/naive.ts";
import { isoTime, knownAt, type Panel } from "./series/panel.ts";
import type { Promotion } from "./spikes/promotion.ts";
import { buildTrack, innerOrigins } from "./track.ts";

export type BacktestOptions = {
  readonly origins: readonly number[];
  readonly horizon: number;
  /** Moments between origins; earlier origins for calibration follow the same rhythm. */
  readonly step: number;
  /** Season of the naive comparison, in moments. */
  readonly season: number;
  /** A calendar of promotions; each counts from when it was issued. */
  readonly promotions?: readonly Promotion[];
  readonly progress?: (done: number, all: number) => void;
};

export type DumpRow = {
  readonly group: string;
  readonly origin: string;
  readonly time: string;
  readonly horizon: number;
  readonly actual: number;
  readonly mean: number;
  readonly quantiles: readonly number[];
};

export type BacktestResult = {
  readonly model: Metrics;
  readonly seasonalNaive: Metrics;
  /** 1 - MAE of the model over MAE of seasonal naive, on the same targets. */
  readonly gain: number;
  /** The same on moments flagged as holidays, where there are any. */
  readonly holidays: { readonly model: Metrics; readonly seasonalNaive: Metrics; readonly gain: number } | undefined;
  readonly weights: readonly { readonly origin: string; readonly weights: Readonly<Record<string, number>> }[];
  readonly rows: readonly DumpRow[];
};

/**
 * Rolling-origin backtest: at each origin everything (choice, weights, calibration) is made from targets before it.
 * @throws RangeError when no origin leaves a target to score
 */
export function backtest(panel: Panel, forecasters: readonly Forecaster[], options: BacktestOptions): BacktestResult {
  const { origins, horizon, season } = options;
  const first = origins[0];
  if (first === undefined) throw new RangeError("origins: expected at least one, got none");
  const inner = innerOrigins(panel, first, horizon, options.step);
  const all = [...inner, ...origins];
  const track = buildTrack(panel, forecasters, all, horizon, (done) => options.progress?.(done, all.length));
  const forecasts = playTrack(panel, track, first).map((forecast) =>
    applyPromotions(knownAt(panel, forecast.origin), forecast, options.promotions),
  );
  const rows: DumpRow[] = [];
  const ours: Scored[] = [];
  const naive: Scored[] = [];
  const holiday: boolean[] = [];
  const flags = holidayFlags(panel);
  for (const forecast of forecasts) {
    panel.groups.forEach((group, g) => {
      const unit = naiveUnit(group.y, forecast.origin, season);
      const path = seasonalNaive(group.y, forecast.origin, horizon, season);
      const errors = naiveErrors(group.y, forecast.origin, horizon, season);
      const issued = forecast.groups[g] as OnlineForecast["groups"][number];
      for (let h = 0; h < issued.mean.length; h++) {
        const i = forecast.origin + h;
        const actual = group.y[i] as number;
        const quantiles = issued.quantiles.map((q) => q[h] as number);
        if (Number.isNaN(actual)) continue;
        rows.push({
          group: group.name,
          origin: isoTime(panel, forecast.origin),
          time: isoTime(panel, i),
          horizon: h + 1,
          actual,
          mean: issued.mean[h] as number,
          quantiles,
        });
        const base = path[h] as number;
        if (Number.isNaN(base)) continue;
        ours.push({ actual, mean: issued.mean[h] as number, quantiles, unit });
        const spread = errors[Math.floor(h / season)] as Float64Array;
        naive.push({
          actual,
          mean: base,
          quantiles: LEVELS.map((q) => (q === 0.5 ? base : Math.max(0, base + empirical(spread, q)))),
          unit,
        });
        holiday.push(flags.some((k) => (group.drivers[k]?.[i] as number) > 0));
      }
    });
  }
  if (ours.length === 0) throw new RangeError("backtest: no target after the origins has a known value to score");
  const compare = (keep: (i: number) => boolean) => {
    const model = metricsOf(
      ours.filter((_, i) => keep(i)),
      LEVELS,
    );
    const plain = metricsOf(
      naive.filter((_, i) => keep(i)),
      LEVELS,
    );
    return { model, seasonalNaive: plain, gain: 1 - model.mae / plain.mae };
  };
  return {
    ...compare(() => true),
    holidays: holiday.some(Boolean) ? compare((i) => holiday[i] === true) : undefined,
    weights: forecasts.map((f) => ({ origin: isoTime(panel, f.origin), weights: f.weights })),
    rows,
  };
}

/** Drivers that flag holidays: the one that says just that where there is one, else all that name one. */
function holidayFlags(panel: Panel): number[] {
  const matching = (pattern: RegExp) =>
    panel.drivers.flatMap(({ kind, name }, k) => (kind === "flag" && pattern.test(name) ? [k] : []));
  const plain = matching(/^(is_?)?(public_?)?holiday$/i);
  return plain.length > 0 ? plain : matching(/^(?!.*(before|after)).*holiday/i);
}

/** Forecast from `origin` with everything before it; the last value is what the ensemble says now. */
export function forecastNow(
  panel: Panel,
  forecasters: readonly Forecaster[],
  origin: number,
  horizon: number,
  progress?: (done: number, all: number) => void,
  promotions: readonly Promotion[] = [],
): OnlineForecast {
  const origins = [...innerOrigins(panel, origin, horizon, horizon, ONLINE_DEFAULTS.recent), origin];
  const track = buildTrack(panel, forecasters, origins, horizon, (done) => progress?.(done, origins.length));
  return applyPromotions(knownAt(panel, origin), playTrack(panel, track, origin).at(-1) as OnlineForecast, promotions);
}

/** Mean absolute one-season difference of the training window. */
function naiveUnit(y: Float64Array, origin: number, season: number): number {
  let sum = 0;
  let count = 0;
  for (let i = season; i < origin; i++) {
    const d = Math.abs((y[i] as number) - (y[i - season] as number));
    if (Number.isNaN(d)) continue;
    sum += d;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

/** Past errors of seasonal naive, sorted, per number of whole seasons ahead. */
function naiveErrors(y: Float64Array, origin: number, horizon: number, season: number): Float64Array[] {
  const result: Float64Array[] = [];
  for (let k = 1; k <= Math.ceil(horizon / season); k++) {
    const list: number[] = [];
    for (let i = k * season; i < origin; i++) {
      const d = (y[i] as number) - (y[i - k * season] as number);
      if (!Number.isNaN(d)) list.push(d);
    }
    result.push(Float64Array.from(list.length > 0 ? list : [0]).sort());
  }
  return result;
}

function empirical(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const low = Math.floor(at);
  const a = sorted[low] as number;
  return a + (at - low) * ((sorted[Math.min(low + 1, sorted.length - 1)] as number) - a);
}
