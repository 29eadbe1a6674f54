import { fitNegativeBinomial } from "../glm/negative-binomial.ts";
import type { PlanDriver } from "./calendar.ts";

/** Regression of a daily series on the calendar and its drivers: numbers alone, so it is stored and sent as it is. */
export interface Regression {
  /** Day the trend is counted from: the first day it has not seen. */
  readonly origin: number;
  readonly waves: number;
  readonly coefficients: readonly number[];
  /** Posterior covariance of the drivers' effects, row by row. */
  readonly covariance: readonly number[];
  readonly theta: number;
}

const FIXED = 8; // level, trend, six weekdays
const YEAR = 365.2425;
const TREND_FADES = 90;

/** Standard deviations of what is believed of the calendar's effects, on the log scale. */
const PRIOR = { trend: 0.25, weekday: 0.7, wave: 0.2 } as const;
/** Days after which a day of the past counts half. */
const HALF_LIFE = 365;

const widthOf = (waves: number, drivers: number): number => FIXED + 2 * waves + drivers;

/** Writes the row of one day: `x` at `at`, drivers last. @param value  of driver k on that day */
function fillRow(
  x: Float64Array,
  at: number,
  day: number,
  { origin, waves }: Pick<Regression, "origin" | "waves">,
  drivers: number,
  value: (k: number) => number,
): void {
  x[at] = 1;
  x[at + 1] = trendAt(day - origin);
  const weekday = weekdayOf(day);
  for (let d = 1; d < 7; d++) x[at + 1 + d] = weekday === d ? 1 : 0;
  for (let k = 1; k <= waves; k++) {
    const angle = (2 * Math.PI * k * day) / YEAR;
    x[at + FIXED + 2 * k - 2] = Math.sin(angle);
    x[at + FIXED + 2 * k - 1] = Math.cos(angle);
  }
  const first = at + FIXED + 2 * waves;
  for (let k = 0; k < drivers; k++) x[first + k] = value(k);
}

/**
 * Negative binomial regression whose coefficients start from what is believed: the drivers' priors, and of a series
 * that borrows, all that its large sibling learned. A few counts leave the belief, many overrule it.
 * @param y        counts by day, oldest first, >= 0, NaN where unknown
 * @param first    day of y[0]
 * @param values   per driver its values from that day on
 * @param lender   a regression learned at the same origin with the same waves
 */
export function regress(
  y: Float64Array,
  first: number,
  drivers: readonly PlanDriver[],
  values: readonly Float64Array[],
  lender?: Regression,
): Regression {
  const n = y.length;
  const waves = n > 0.8 * YEAR ? 2 : 0;
  const frame = { origin: first + n, waves };
  const p = widthOf(waves, drivers.length);
  const x = new Float64Array(n * p);
  const weights = new Float64Array(n);
  const counts = new Float64Array(n);
  const offset = new Float64Array(n);
  const belief = new Float64Array(p);
  const ridge = new Float64Array(p);
  const lent = lender !== undefined && lender.coefficients.length === p && lender.waves === waves;
  ridge[0] = 0.01;
  for (let j = 1; j < p; j++) {
    const driver = drivers[j - FIXED - 2 * waves];
    const sd = driver ? driver.prior.sd : j === 1 ? PRIOR.trend : j < FIXED ? PRIOR.weekday : PRIOR.wave;
    belief[j] = lent ? (lender.coefficients[j] as number) : (driver?.prior.mean ?? 0);
    // A sibling differs from the lender by less than shops differ from each other.
    ridge[j] = 1 / (lent ? 0.5 * sd : sd) ** 2;
  }
  for (let i = 0; i < n; i++) {
    fillRow(x, i * p, first + i, frame, drivers.length, (k) => values[k]?.[i] as number);
    const known = !Number.isNaN(y[i] as number);
    weights[i] = known ? 0.5 ** ((n - 1 - i) / HALF_LIFE) : 0;
    counts[i] = known ? (y[i] as number) : 0;
    let believed = 0;
    for (let j = 1; j < p; j++) believed += (x[i * p + j] as number) * (belief[j] as number);
    offset[i] = believed;
  }
  const fit = fitNegativeBinomial({
    x,
    n,
    p,
    y: counts,
    weights,
    offset,
    ridge,
    theta: lender?.theta ?? 10,
    tolerance: 1e-5,
  });
  const covariance: number[] = [];
  const head = p - drivers.length;
  for (let a = head; a < p; a++) {
    for (let b = head; b < p; b++) covariance.push(round(fit.covariance[a * p + b] as number));
  }
  return {
    ...frame,
    coefficients: Array.from(fit.coefficients, (c, j) => round(c + (belief[j] as number))),
    covariance,
    theta: round(Math.min(1e6, fit.theta)),
  };
}

/** Kept to nine digits: what is stored and what is computed with are then the same numbers. */
const round = (v: number): number => (Number.isFinite(v) ? Number(v.toPrecision(9)) : 0);

/** Log mean of a day in two parts: the calendar's and the drivers'. */
export function explain(
  { coefficients, origin, waves }: Regression,
  day: number,
  drivers: number,
  value: (k: number) => number,
): { readonly calendar: number; readonly driven: number } {
  const c = (j: number) => coefficients[j] as number;
  const weekday = weekdayOf(day);
  let calendar = c(0) + c(1) * trendAt(day - origin) + (weekday > 0 ? c(1 + weekday) : 0);
  for (let k = 1; k <= waves; k++) {
    const angle = (2 * Math.PI * k * day) / YEAR;
    calendar += c(FIXED + 2 * k - 2) * Math.sin(angle) + c(FIXED + 2 * k - 1) * Math.cos(angle);
  }
  let driven = 0;
  for (let k = 0; k < drivers; k++) driven += c(FIXED + 2 * waves + k) * value(k);
  return { calendar, driven };
}

const weekdayOf = (day: number): number => (((day + 4) % 7) + 7) % 7;
/** In years; flattens after the last day that was learned from. */
const trendAt = (t: number): number => (t < 0 ? t : TREND_FADES * (1 - Math.exp(-t / TREND_FADES))) / YEAR;

/** Variance of the drivers' part of the log mean: what is not known of their effects. */
export function doubt(fit: Regression, drivers: number, value: (k: number) => number): number {
  let sum = 0;
  for (let a = 0; a < drivers; a++) {
    const va = value(a);
    if (va === 0) continue;
    for (let b = 0; b < drivers; b++) {
      const vb = value(b);
      if (vb !== 0) sum += va * vb * (fit.covariance[a * drivers + b] as number);
    }
  }
  return Math.max(0, sum);
}
