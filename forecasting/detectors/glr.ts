import {
  negativeBinomialEpidemicGlr,
  negativeBinomialGain,
  negativeBinomialGlr,
  poissonEpidemicGlr,
  poissonGlr,
  type Segment,
} from "./glr-statistics.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { seasonalMean } from "./seasonal-mean.ts";

export type SeasonalModel = { readonly S: number; readonly trend: boolean; readonly refit: boolean };

export type GlrOptions = {
  /**
   * Means when nothing happens, one per judged step; or the regression that estimates them from the steps before, Poisson if
   * alpha is 0 and negative binomial otherwise; or null for a negative binomial one on level and one harmonic.
   */
  readonly mu0: Float64Array | SeasonalModel | null;
  /** Dispersion, variance mu + alpha mu^2; 0 is the Poisson, null takes the regression's. */
  readonly alpha: number | null;
  /** Alarm where the statistic reaches this. */
  readonly "c.ARL": number;
  /** "intercept": the mean is multiplied. "epi": the count before is added to it, times a factor. */
  readonly change: "intercept" | "epi";
  /** Known log factor of the change: the chart is then the cumulative likelihood ratio. null where unknown. */
  readonly theta: number | null;
  readonly dir: "inc" | "dec";
  /** What `upper` holds: the statistic, or the count at which it alarms. */
  readonly ret: "value" | "cases";
  /** Least and (-1: any) greatest number of steps back to the change. */
  readonly Mtilde: number;
  readonly M: number;
  readonly freq: number;
};

export const GLR_DEFAULTS: GlrOptions = {
  mu0: null,
  alpha: 0,
  "c.ARL": 5,
  change: "intercept",
  theta: null,
  dir: "inc",
  ret: "value",
  Mtilde: 1,
  M: -1,
  freq: 52,
};

/**
 * (Generalised) likelihood ratio charts for Poisson and negative binomial counts, begun anew after every alarm.
 * @param counts  shape (n,), oldest first; missing steps are passed over, as if the chart had paused
 * @returns       judgement, shape (n - from,). p = min(1, exp(-statistic)) only orders the evidence.
 * @throws RangeError for an option out of range, or cases asked of the negative binomial GLR, which has no such bound
 * @see Hoehle and Paul (2008), Computational Statistics and Data Analysis 52; Held, Hoehle, Hofmann (2005)
 */
export function glr(counts: Float64Array, from: number, options: GlrOptions): Judgement {
  checkOptions(options);
  checkFrom(from, counts.length);
  const out = blankJudgement(counts.length - from);
  const model = options.mu0 instanceof Float64Array ? null : options.mu0;
  let { mean, alpha } = inControl(counts, from, options);
  out.expected.set(mean);
  const judged: number[] = [];
  for (let t = from; t < counts.length; t++) if (!Number.isNaN(counts[t] as number)) judged.push(t);
  let x = Float64Array.from(judged, (t) => counts[t] as number);
  let mu = Float64Array.from(judged, (t) => mean[t - from] as number);
  let before = 0;
  let done = 0;
  while (done < judged.length) {
    const chart = runChart({ x, mu, start: 0 }, before, alpha, options);
    chart.values.forEach((v, j) => {
      const i = (judged[done + j] as number) - from;
      out.upper[i] = Math.max(0, v) || 0;
      out.pvalue[i] = Math.min(1, Math.exp(-Math.max(0, chart.statistics[j] as number)));
    });
    const length = chart.values.length;
    if (chart.alarmed) out.alarm[(judged[done + length - 1] as number) - from] = 1;
    before = x[length - 1] as number;
    x = x.slice(length);
    mu = mu.slice(length);
    done += length;
    if (chart.alarmed && model?.refit && done < judged.length) {
      const next = judged[done - 1] as number;
      const again = inControl(counts, next + 1, options);
      mean = again.mean;
      out.expected.set(mean, next + 1 - from);
      mu = Float64Array.from(judged.slice(done), (t) => mean[t - next - 1] as number);
    }
  }
  return out;
}

type Chart = { readonly values: number[]; readonly statistics: number[]; readonly alarmed: boolean };

/** Runs one chart from its start to its first alarm or the end. @param before  the count before the first */
function runChart(segment: Segment, before: number, alpha: number, options: GlrOptions): Chart {
  const { x, mu } = segment;
  const { M, Mtilde, change, theta, ret, "c.ARL": limit } = options;
  const dir = options.dir === "inc" ? 1 : -1;
  const windowed = change === "intercept" && theta === null && alpha === 0 && M > 0;
  const previous = new Float64Array(x.length);
  previous[0] = before;
  previous.set(x.subarray(0, x.length - 1), Math.min(1, x.length));
  // The windowed Poisson chart wants one step more than Mtilde, and reaches the limit where the cumulative ones pass it.
  const first = theta !== null ? 0 : windowed ? Mtilde : Math.max(Mtilde - 1, 0);
  const strict = theta !== null || (change === "epi" && alpha === 0);
  const statistic = (n: number, last: number): number => {
    if (theta !== null) return Math.max(0, last + negativeBinomialGain(segment, n, alpha, theta));
    const low = M === -1 ? 0 : Math.max(0, n - M);
    const high = n - (Mtilde - 1);
    if (change === "epi") {
      if (alpha === 0) return poissonEpidemicGlr(segment, previous, n, low, high);
      return negativeBinomialEpidemicGlr(segment, previous, n, low, high, alpha);
    }
    if (alpha > 0) return negativeBinomialGlr(segment, n, low, high, alpha, dir);
    return poissonGlr(segment, n, M > 0 ? low : 0, windowed ? Mtilde + 1 : 1, dir);
  };
  const values: number[] = [];
  const statistics: number[] = [];
  let last = 0;
  for (let n = 0; n < x.length; n++) {
    if (n < first) {
      values.push(0);
      statistics.push(0);
      continue;
    }
    const now = statistic(n, last);
    statistics.push(now);
    if (ret === "value") values.push(now);
    else if (theta !== null) values.push(countToAlarm(last, mu[n] as number, alpha, theta, limit));
    else values.push(leastAlarming(segment, n, (k) => statistic(k, 0), limit, dir));
    last = now;
    if (strict ? now > limit : now >= limit) return { values, statistics, alarmed: true };
  }
  return { values, statistics, alarmed: false };
}

/** The count at which the cumulative likelihood ratio would stand at the limit: a real number. */
function countToAlarm(last: number, m: number, alpha: number, kappa: number, limit: number): number {
  if (alpha === 0) return (limit - last + m * (Math.exp(kappa) - 1)) / kappa;
  const logRatio = Math.log((1 + alpha * m) / (1 + alpha * m * Math.exp(kappa)));
  return (limit - last - logRatio / alpha) / (kappa + logRatio);
}

/** Least (for "dec": greatest still alarming from above) last count at which the Poisson statistic is at the limit. */
function leastAlarming(
  segment: Segment,
  n: number,
  statistic: (n: number) => number,
  limit: number,
  dir: 1 | -1,
): number {
  const kept = segment.x[n] as number;
  const enough = (y: number): boolean => {
    segment.x[n] = y;
    return dir * statistic(n) >= dir * limit;
  };
  let high = 1;
  while (!enough(high)) high *= 2;
  let low = -1;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (enough(middle)) high = middle;
    else low = middle;
  }
  segment.x[n] = kept;
  return high;
}

function inControl(counts: Float64Array, from: number, options: GlrOptions): { mean: Float64Array; alpha: number } {
  const { mu0, alpha, freq } = options;
  if (mu0 instanceof Float64Array) {
    const mean = new Float64Array(counts.length - from).fill(Number.NaN);
    mean.set(mu0.subarray(0, mean.length));
    if (mu0.length < mean.length) throw new RangeError(`mu0: expected ${mean.length} means, got ${mu0.length}`);
    return { mean, alpha: alpha ?? 0 };
  }
  const model = mu0 ?? { S: 1, trend: false };
  checkFrom(from, counts.length, 2 + 2 * model.S + (model.trend ? 1 : 0));
  const poisson = mu0 !== null && alpha === 0;
  const { mean, theta } = seasonalMean(counts, from, freq, { S: model.S, trend: model.trend, poisson });
  return { mean, alpha: alpha ?? 1 / theta };
}

function checkOptions(options: GlrOptions): void {
  const { alpha, theta, ret, M, Mtilde, "c.ARL": limit } = options;
  if (!(limit > 0)) throw new RangeError(`c.ARL: expected a positive limit, got ${limit}`);
  if (alpha !== null && !(alpha >= 0)) throw new RangeError(`alpha: expected 0 or more, got ${alpha}`);
  if (theta !== null && !(theta > 0 && theta !== 1))
    throw new RangeError(`theta: expected a positive log factor other than 1, got ${theta}`);
  if (!Number.isInteger(Mtilde) || Mtilde < 1) throw new RangeError(`Mtilde: expected 1 or more steps, got ${Mtilde}`);
  if (M !== -1 && !(Number.isInteger(M) && M >= Mtilde))
    throw new RangeError(`M: expected -1 or at least Mtilde, got ${M}`);
  if (ret === "cases" && theta === null && (alpha !== 0 || options.change === "epi")) {
    throw new RangeError(
      'ret: expected "value", as a bound in cases exists only for the Poisson chart or a known theta',
    );
  }
}
