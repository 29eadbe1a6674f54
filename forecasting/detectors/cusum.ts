import { type CusumTransform, toCount, toScore } from "./cusum-transform.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { moments } from "./moments.ts";
import { seasonalMean } from "./seasonal-mean.ts";

export type CusumOptions = {
  /** Reference value, in scores: half the shift looked for. */
  readonly k: number;
  /** Decision bound, in scores. */
  readonly h: number;
  /** Mean when nothing happens: null for the mean of the steps before, a number, or "glm" for level and season. */
  readonly m: number | "glm" | null;
  readonly trans: CusumTransform;
  /** Dispersion for the negative binomial scores, variance m + alpha m^2. */
  readonly alpha: number;
  readonly freq: number;
};

export const CUSUM_DEFAULTS: CusumOptions = { k: 1.04, h: 2.26, m: null, trans: "standard", alpha: 0.1, freq: 52 };

/**
 * CUSUM of standardised counts, never reset.
 * @param counts  shape (n,), oldest first; a missing count leaves the sum where it stands
 * @returns       judgement, shape (n - from,): upper is the count at which the sum would reach h (for "none" and
 *                "anscombeNegBin" what is left of h). p is Siegmund's approximate chance that the sum stands this high.
 * @throws RangeError for an option out of range, or no history to estimate the mean
 * @see Rossi, Lampugnani, Marchi (1999), Statistics in Medicine 18; Pierce and Schafer (1986), JASA 81; Siegmund (1985)
 */
export function cusum(counts: Float64Array, from: number, options: CusumOptions): Judgement {
  const { k, h, trans, alpha } = options;
  if (!(h > 0)) throw new RangeError(`h: expected a positive bound, got ${h}`);
  if (!Number.isFinite(k)) throw new RangeError(`k: expected a number, got ${k}`);
  if (!(alpha >= 0)) throw new RangeError(`alpha: expected 0 or more, got ${alpha}`);
  checkFrom(from, counts.length);
  const out = blankJudgement(counts.length - from);
  const mean = inControlMean(counts, from, options);
  let sum = 0;
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const y = counts[t] as number;
    const m = mean[i] as number;
    out.expected[i] = m;
    const before = sum;
    const score = toScore(trans, y, m, alpha);
    if (!Number.isNaN(score)) sum = Math.max(0, sum + score - k);
    const upper = toCount(trans, h + k - before, m, alpha) ?? h - sum;
    out.upper[i] = Math.max(0, upper) || 0;
    if (Number.isNaN(score)) continue;
    out.pvalue[i] = Math.min(1, Math.exp(-2 * Math.max(k, 0.1) * sum));
    out.alarm[i] = sum >= h ? 1 : 0;
  }
  return out;
}

function inControlMean(counts: Float64Array, from: number, { m, freq }: CusumOptions): Float64Array {
  if (typeof m === "number") {
    if (!(m > 0)) throw new RangeError(`m: expected a positive mean, got ${m}`);
    return new Float64Array(counts.length - from).fill(m);
  }
  checkFrom(from, counts.length, 1);
  if (m === "glm") return seasonalMean(counts, from, freq, { S: 1, trend: false, poisson: true }).mean;
  return new Float64Array(counts.length - from).fill(moments(counts, 0, from).mean);
}
