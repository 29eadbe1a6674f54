import { fitNegativeBinomial } from "../glm/negative-binomial.ts";
import { normalQuantile } from "../math/normal.ts";
import { type EtsState, etsPath, fitEts, replayEts } from "../models/ets.ts";
import { choose, type LocalLevel } from "../models/glm-level.ts";

/** A daily series as fitted: plain numbers, so it can be stored, versioned and sent to another thread. */
export type DailyFit = {
  readonly coefficients: Float64Array;
  readonly theta: number;
  readonly level: LocalLevel;
  readonly ets: EtsState;
  /** Share of the regression in the mixture, by errors on the last four weeks. */
  readonly share: number;
  /** Standard deviation of the log error one day ahead. */
  readonly sigma: number;
  /** Days the fit has seen; day 0 of a forecast is this one. */
  readonly days: number;
};

const WAVES = 2;
const COLUMNS = 2 + 6 + 2 * WAVES;
const VALIDATION = 28;

/** Shared design of daily series that start on the same date: rows days + ahead, columns level, trend, week, year. */
export function dailyDesign(days: number, ahead: number): Float64Array {
  const x = new Float64Array((days + ahead) * COLUMNS);
  for (let i = 0; i < days + ahead; i++) {
    const at = i * COLUMNS;
    x[at] = 1;
    x[at + 1] = (Math.min(i, days + 45) - days) / 365.2425;
    const d = i % 7;
    if (d > 0) x[at + 1 + d] = 1;
    for (let k = 1; k <= WAVES; k++) {
      const angle = (2 * Math.PI * k * i) / 365.2425;
      x[at + 6 + 2 * k] = Math.sin(angle);
      x[at + 7 + 2 * k] = Math.cos(angle);
    }
  }
  return x;
}

/**
 * Fits one daily series in a few milliseconds: negative binomial regression with a local level, exponential smoothing,
 * and their mixture. For thousands of series refitted at once; drivers and pooling are left to the full forecasters.
 * @param y      counts, oldest first, >= 0
 * @param design from dailyDesign(y.length, ...)
 */
export function refitDaily(y: Float64Array, design: Float64Array): DailyFit {
  const days = y.length;
  const ridge = new Float64Array(COLUMNS).fill(1);
  ridge[0] = 0;
  const weights = Float64Array.from({ length: days }, (_, i) => 0.5 ** ((days - 1 - i) / 365));
  const fit = fitNegativeBinomial({
    x: design.subarray(0, days * COLUMNS),
    n: days,
    p: COLUMNS,
    y,
    weights,
    ridge,
    theta: 10,
    tolerance: 1e-4,
    inference: false,
  });
  const level = choose(y, fit.fitted, weights, VALIDATION, fit.theta);
  const logs = y.map((v) => Math.log(v + 0.5));
  const ets = fitEts(logs, 7);
  const held = etsPath(replayEts(ets, logs.subarray(0, days - VALIDATION)), VALIDATION);
  let regression = 0;
  let smoothing = 0;
  let square = 0;
  for (let h = 0; h < VALIDATION; h++) {
    const i = days - VALIDATION + h;
    const e = (logs[i] as number) - Math.log((fit.fitted[i] as number) + 0.5);
    regression += Math.abs(e);
    smoothing += Math.abs((logs[i] as number) - (held[h] as number));
    square += e * e;
  }
  // The regression was judged on days it had seen, so it starts with a handicap.
  const share = smoothing ** 2 / (smoothing ** 2 + (1.15 * regression) ** 2 || 1);
  return {
    coefficients: fit.coefficients,
    theta: fit.theta,
    level,
    ets,
    share,
    sigma: Math.max(ets.sigma, Math.sqrt(square / VALIDATION)),
    days,
  };
}

/** Median and 90 % interval of the days ahead. Design as in the fit, with at least `horizon` rows ahead. */
export function forecastDaily(fit: DailyFit, design: Float64Array, horizon: number) {
  const smooth = etsPath(fit.ets, horizon);
  const median = new Float64Array(horizon);
  const lower = new Float64Array(horizon);
  const upper = new Float64Array(horizon);
  const z = normalQuantile(0.95);
  for (let h = 0; h < horizon; h++) {
    let eta = fit.level.now * fit.level.keep ** (h + 1);
    const at = (fit.days + h) * COLUMNS;
    for (let j = 0; j < COLUMNS; j++) eta += (design[at + j] as number) * (fit.coefficients[j] as number);
    const log = fit.share * Math.log(Math.exp(Math.min(eta, 50)) + 0.5) + (1 - fit.share) * (smooth[h] as number);
    const spread = fit.sigma * Math.sqrt(1 + h * fit.ets.gain ** 2);
    median[h] = Math.max(0, Math.exp(log) - 0.5);
    lower[h] = Math.max(0, Math.exp(log - z * spread) - 0.5);
    upper[h] = Math.exp(log + z * spread) - 0.5;
  }
  return { median, lower, upper };
}
