import { conformalQuantiles, type Scores } from "../combine/calibrate.ts";
import { DAYS_AHEAD, PLAN_LEVELS } from "./calendar.ts";
import { explain, type Regression, regress } from "./regression.ts";
import { allSeen, COMPETITORS, type Paths, type PlanSeries, pathsOf, type Smoothing, usuallySeen } from "./series.ts";

/** A series as learned at a day: what is stored under a version and forecasts are made from until the next. */
export interface SeriesFit {
  readonly series: string;
  readonly regression: Regression;
  readonly smoothing: Smoothing;
  /** The calendar's part of the log mean on a mean day of the last year. */
  readonly usual: number;
  /** Of the competitors, adding up to 1. */
  readonly weights: readonly number[];
  /** Mean absolute log error of each competitor over past origins; empty while there were none. */
  readonly errors: readonly number[];
  /** Error of the combination, the same way. */
  readonly error: number;
  /** Standardised quantiles of its errors at each of KNOTS days ahead, by PLAN_LEVELS. */
  readonly quantiles: readonly (readonly number[])[];
}

export const KNOTS = [1, 2, 4, 7, 14, 35] as const;

const FIT = {
  /** Past origins looked back on, at most. */
  origins: 8,
  /** Days before the first origin, at least. */
  least: 21,
  /** A competitor worse than the best by this factor is left out. */
  hopeless: 1.5,
  /** Past errors of a calibration count half after this many days. */
  halfLife: 120,
} as const;

/**
 * Learns a series: the regression, the smoothing, the weights of the competitors by their errors at past origins,
 * and the quantiles of the combination's own errors there. The past origins use regressions of their time.
 * @param lender  the fit this series borrows from, learned at the same day
 */
export function learnSeries(series: PlanSeries, lender?: SeriesFit): SeriesFit {
  const n = series.y.length;
  const past = (k: number, from?: Regression) =>
    regress(
      series.y.subarray(0, k),
      series.first,
      series.drivers,
      series.values.map((v) => v.subarray(0, k)),
      from,
    );
  const regression = past(n, lender?.regression);
  const now = pathsOf(series, n, 1, regression, undefined, allSeen);
  const origins = originsOf(n);
  const said: { readonly origin: number; readonly paths: Paths; readonly theta: number }[] = [];
  // Two regressions of the past are enough: what has changed since is the level's business.
  let then: Regression | undefined;
  origins.forEach((origin, k) => {
    if (k === 0 || k === Math.floor(origins.length / 2)) then = past(origin);
    const horizon = Math.min(DAYS_AHEAD, n - origin);
    const { smoothing: _, ...paths } = pathsOf(series, origin, horizon, then as Regression, now.smoothing, usuallySeen);
    said.push({ origin, paths, theta: (then as Regression).theta });
  });
  const errors = COMPETITORS.map((_, m) => meanError(series.y, said, m));
  const weights = weigh(errors);
  const { scores, error } = standardised(series.y, said, weights, n);
  const { gain, slopeGain, seasonGain } = now.smoothing;
  return {
    series: series.name,
    regression,
    smoothing: { gain, slopeGain, seasonGain },
    usual: round(usualOf(series, regression)),
    weights,
    errors: said.length > 0 ? errors.map(round) : [],
    error: round(error),
    quantiles: KNOTS.map((h) => Array.from(conformalQuantiles(scores, h, PLAN_LEVELS), round)),
  };
}

const round = (v: number): number => (Number.isFinite(v) ? Number(v.toPrecision(9)) : 0);

function usualOf({ first, y, drivers }: PlanSeries, regression: Regression): number {
  const n = y.length;
  const days = Math.min(n, 364);
  let sum = 0;
  for (let i = n - days; i < n; i++) sum += explain(regression, first + i, drivers.length, () => 0).calendar;
  return days > 0 ? sum / days : 0;
}

function originsOf(n: number): number[] {
  const earliest = Math.max(FIT.least, Math.floor(n / 2));
  const stride = Math.max(3, Math.min(14, Math.floor((n - earliest) / FIT.origins)));
  const origins: number[] = [];
  for (let o = n - stride; o >= earliest && origins.length < FIT.origins; o -= stride) origins.unshift(o);
  return origins;
}

type Said = readonly { readonly origin: number; readonly paths: Paths; readonly theta: number }[];

function meanError(y: Float64Array, said: Said, m: number): number {
  let sum = 0;
  let mass = 0;
  for (const { origin, paths } of said) {
    paths.location[m]?.forEach((location, h) => {
      const v = y[origin + h] as number;
      if (Number.isNaN(v) || Number.isNaN(location)) return;
      // Large days matter more to who plans, though not in proportion.
      const w = Math.sqrt(v + 1);
      sum += w * Math.min(3, Math.abs(Math.log(v + 0.5) - location));
      mass += w;
    });
  }
  return mass > 0 ? sum / mass : Number.NaN;
}

/** Before there are errors the regression, which knows most, counts as much as the two others together. */
function weigh(errors: readonly number[]): number[] {
  if (errors.some(Number.isNaN)) return [0.5, 0.3, 0.2];
  const best = Math.max(1e-3, Math.min(...errors));
  const raw = errors.map((e) => (e > FIT.hopeless * best ? 0 : (best / Math.max(best, e)) ** 4));
  const total = raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => round(w / total));
}

export function combined(paths: Paths, weights: readonly number[], h: number): number {
  let sum = 0;
  let mass = 0;
  weights.forEach((w, m) => {
    const v = paths.location[m]?.[h] as number;
    if (w === 0 || Number.isNaN(v)) return;
    sum += w * v;
    mass += w;
  });
  return mass > 0 ? sum / mass : (paths.location[0]?.[h] as number);
}

/** Spread of log(count + 0.5): of the count itself, and of what is not known of its drivers. */
export const spreadOf = (location: number, theta: number, doubt: number): number =>
  Math.sqrt(1 / theta + Math.exp(-location) + doubt);

function standardised(y: Float64Array, said: Said, weights: readonly number[], n: number) {
  const [u, horizon, weight, stretch]: [number[], number[], number[], number[]] = [[], [], [], []];
  let error = 0;
  for (const { origin, paths, theta } of said) {
    for (let h = 0; h < paths.driven.length; h++) {
      const v = y[origin + h] as number;
      if (Number.isNaN(v)) continue;
      const location = combined(paths, weights, h);
      const off = Math.log(v + 0.5) - location;
      error += Math.abs(off);
      u.push(off / spreadOf(location, theta, paths.doubt[h] as number));
      horizon.push(h + 1);
      weight.push(0.5 ** ((n - origin - h) / FIT.halfLife));
      stretch.push(Math.floor((n - 1 - origin - h) / DAYS_AHEAD));
    }
  }
  const scores: Scores = {
    u: Float64Array.from(u),
    horizon: Int32Array.from(horizon),
    weight: Float64Array.from(weight),
    stretch: Int32Array.from(stretch),
  };
  return { scores, error: u.length > 0 ? error / u.length : 0 };
}

/** Standardised quantiles h days ahead, between the knots by the logarithm of h. */
export function quantilesAt(fit: SeriesFit, h: number): number[] {
  let k = 0;
  while (k < KNOTS.length - 2 && h > (KNOTS[k + 1] as number)) k++;
  const [a, b] = [KNOTS[k] as number, KNOTS[k + 1] as number];
  const share = Math.min(1, Math.max(0, Math.log(h / a) / Math.log(b / a)));
  const low = fit.quantiles[k] as readonly number[];
  const high = fit.quantiles[k + 1] as readonly number[];
  return low.map((q, l) => q + share * ((high[l] as number) - q));
}
