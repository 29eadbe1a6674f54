import { normalUpperQuantile, normalUpperTail } from "../math/normal.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { moments } from "./moments.ts";

export type EarsOptions = {
  /** C1: the baseline ends yesterday. C2: two steps are left out between. C3: C2 with the excess of two earlier steps. */
  readonly method: "C1" | "C2" | "C3";
  /** Steps in the moving baseline, >= 3. */
  readonly baseline: number;
  /** Least standard deviation believed, in counts. */
  readonly minSigma: number;
  /** One-sided level of the normal bound. */
  readonly alpha: number;
};

/** The papers' settings: three standard deviations for C1 and C2, two for C3. */
export const EARS_DEFAULTS: Readonly<Record<EarsOptions["method"], EarsOptions>> = {
  C1: { method: "C1", baseline: 7, minSigma: 0, alpha: 0.001 },
  C2: { method: "C2", baseline: 7, minSigma: 0, alpha: 0.001 },
  C3: { method: "C3", baseline: 7, minSigma: 0, alpha: 0.025 },
};

/** Earlier steps each variant needs before the first it can judge. */
export function earsHistory({ method, baseline }: EarsOptions): number {
  return baseline + { C1: 0, C2: 2, C3: 4 }[method];
}

/**
 * EARS C1, C2 and C3: Shewhart charts on a short moving baseline.
 * @param counts  observed counts, shape (n,), oldest first, one per equal step; NaN where missing
 * @param from    first step judged; the bound at t uses steps before t only
 * @returns       judgement, shape (n - from,). A missing count is left out of later baselines, and a baseline with fewer
 *                than three counts judges nothing. C3's bound is the reference implementation's: the step's own count plus
 *                what is still missing to an alarm, so it alarms on the excess of the two steps before; it is NaN after a step
 *                that equals a baseline without any spread.
 * @throws RangeError for an option out of range, never for data
 * @see Fricker, Hegler, Dunfee (2008), Statistics in Medicine 27
 */
export function ears(counts: Float64Array, from: number, options: EarsOptions): Judgement {
  const { method, baseline, minSigma, alpha } = options;
  if (!(baseline >= 3)) throw new RangeError(`baseline: expected 3 or more, got ${baseline}`);
  if (!(minSigma >= 0)) throw new RangeError(`minSigma: expected 0 or more, got ${minSigma}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected between 0 and 1, got ${alpha}`);
  checkFrom(from, counts.length, earsHistory(options));
  const out = blankJudgement(counts.length - from);
  const z = normalUpperQuantile(alpha);
  const gap = method === "C1" ? 0 : 2;
  const at = (t: number) => {
    const { n, mean, sd } = moments(counts, t - gap - baseline, t - gap);
    return n < 3 ? { mean: Number.NaN, sigma: Number.NaN } : { mean, sigma: Math.max(sd, minSigma) };
  };
  // A missing step adds nothing to the evidence of later ones.
  const score = (t: number): number => {
    const { mean, sigma } = at(t);
    const y = counts[t] as number;
    return Number.isNaN(y) || Number.isNaN(mean) ? 0 : (y - mean) / sigma;
  };
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const y = counts[t] as number;
    const { mean, sigma } = at(t);
    out.expected[i] = mean;
    if (method === "C3") {
      const earlier = excess(score(t - 1)) + excess(score(t - 2));
      out.upper[i] = Math.max(0, y + sigma * (z - earlier));
      out.pvalue[i] = Number.isNaN(y) ? y : normalUpperTail(earlier + excess(score(t)));
    } else {
      out.upper[i] = mean + z * sigma;
      out.pvalue[i] = sigma > 0 ? normalUpperTail((y - mean) / sigma) : flat(y, mean);
    }
    out.alarm[i] = y > (out.upper[i] as number) ? 1 : 0;
  }
  return out;
}

/** How far a standard score passes one. */
function excess(score: number): number {
  return Number.isNaN(score) ? score : Math.max(0, score - 1);
}

/** A baseline without any spread: anything above it is beyond all doubt of this method. */
function flat(y: number, mean: number): number {
  return Number.isNaN(y - mean) ? Number.NaN : y > mean ? 0 : 0.5;
}
