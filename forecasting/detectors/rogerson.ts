import { type CusumDesign, designPoissonCusum, referenceValue } from "./cusum-run-length.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { seasonalMean } from "./seasonal-mean.ts";

export type RogersonOptions = {
  /** In-control means, one per judged step; null takes a Poisson regression on level and season of the steps before. */
  readonly theta0t: Float64Array | null;
  /** Rows (theta0, h, ...) to look bounds up in; null computes them. */
  readonly hValues: readonly (readonly number[])[] | null;
  /** Steps to a false alarm on average. */
  readonly ARL0: number;
  /** Change looked for, in standard deviations. */
  readonly s: number;
  /** Start at half the bound, and fall back to it after an alarm. */
  readonly FIR: boolean;
  /** Share of the bound the sum falls back to after an alarm; negative or null: never. */
  readonly limit: number | null;
  /** Decimals of h and k. */
  readonly digits: number;
  readonly freq: number;
};

export const ROGERSON_DEFAULTS: RogersonOptions = {
  theta0t: null,
  hValues: null,
  ARL0: 500,
  s: 1,
  FIR: false,
  limit: null,
  digits: 1,
  freq: 52,
};

/**
 * Poisson CUSUM with time-varying reference values, scaled so that one bound serves all steps.
 * @param counts  shape (n,), oldest first; a missing count leaves the sum where it stands
 * @returns       judgement, shape (n - from,); upper is the count that brings the sum to its bound
 * @throws RangeError for an option out of range
 * @see Rogerson and Yamada (2004), Statistics in Medicine 23
 */
export function rogerson(counts: Float64Array, from: number, options: RogersonOptions): Judgement {
  const { ARL0, s, FIR, digits } = options;
  if (!(ARL0 > 1)) throw new RangeError(`ARL0: expected more than 1 step, got ${ARL0}`);
  if (!(s > 0)) throw new RangeError(`s: expected a positive change, got ${s}`);
  checkFrom(from, counts.length, options.theta0t ? 0 : 4);
  const theta = options.theta0t ?? seasonalMean(counts, from, options.freq, { S: 1, trend: false, poisson: true }).mean;
  const m = counts.length - from;
  if (theta.length < m) throw new RangeError(`theta0t: expected ${m} means, got ${theta.length}`);
  const boundAt = bounds(theta, m, options);
  const out = blankJudgement(m);
  const h = boundAt(theta.subarray(0, m).reduce((a, b) => a + b, 0) / m);
  const fallback = FIR ? 0.5 : (options.limit ?? -1);
  let sum = FIR ? h / 2 : 0;
  for (let i = 0; i < m; i++) {
    const mean = theta[i] as number;
    const k = referenceValue(mean, mean + s * Math.sqrt(mean), digits);
    const scale = h / boundAt(mean);
    if (fallback >= 0 && i > 0 && out.alarm[i - 1] === 1) sum = Math.min(sum, fallback * h);
    const y = counts[from + i] as number;
    out.expected[i] = mean;
    out.upper[i] = Math.max(0, Math.ceil((h - sum) / scale + k));
    if (Number.isNaN(y)) continue;
    sum = Math.max(0, sum + scale * (y - k));
    out.alarm[i] = sum >= h ? 1 : 0;
    // Once in ARL0 steps at the bound, on Siegmund's exponential scale.
    out.pvalue[i] = Math.min(1, Math.exp((-Math.log(ARL0) * sum) / h));
  }
  return out;
}

/** Looks up the bound of the nearest tabled mean; computes the table for the means met, rounded, where none is given. */
function bounds(theta: Float64Array, m: number, { hValues, ARL0, s, digits, FIR }: RogersonOptions) {
  if (hValues) {
    return (mean: number): number => {
      let best = hValues[0];
      for (const row of hValues) {
        if (Math.abs((row[0] as number) - mean) < Math.abs((best?.[0] as number) - mean)) best = row;
      }
      if (!best) throw new RangeError("hValues: expected at least one row, got none");
      return best[1] as number;
    };
  }
  const known = new Map<number, CusumDesign>();
  const table = [...new Set(theta.subarray(0, m).map((v) => Math.round(v * 10) / 10))];
  return (mean: number): number => {
    const nearest = table.reduce((a, b) => (Math.abs(b - mean) < Math.abs(a - mean) ? b : a));
    let design = known.get(nearest);
    if (!design) {
      design = designPoissonCusum(nearest, ARL0, s, digits, FIR);
      known.set(nearest, design);
    }
    return design.h;
  };
}
