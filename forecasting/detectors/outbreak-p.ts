import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";

export type OutbreakPOptions = {
  /** Alarm where the likelihood ratio passes this. */
  readonly k: number;
  /** What `upper` holds: the statistic, or the count at which it would alarm. */
  readonly ret: "value" | "cases";
  /** Largest count tried for ret "cases". */
  readonly maxUpperboundCases: number;
};

export const OUTBREAK_P_DEFAULTS: OutbreakPOptions = { k: 100, ret: "value", maxUpperboundCases: 1e5 };

/**
 * OutbreakP: how much more likely a rising mean (isotonic regression) makes the whole series than a constant one.
 * @param counts  shape (n,), oldest first; missing ones are left out
 * @returns       judgement, shape (n - from,). For ret "value", `upper` is the statistic multiplied out term by term as the
 *                reference does, so long series overflow to NaN or 0 as there; alarms and p-values use its logarithm, which
 *                cannot overflow, and p = min(1, 1/statistic) follows from the ratio having mean one when nothing rises.
 * @throws RangeError for an option out of range
 * @see Frisen, Andersson, Schioler (2009), Biostatistics 10
 */
export function outbreakP(counts: Float64Array, from: number, options: OutbreakPOptions): Judgement {
  const { k, ret, maxUpperboundCases } = options;
  if (!(k > 0)) throw new RangeError(`k: expected a positive limit, got ${k}`);
  checkFrom(from, counts.length);
  const out = blankJudgement(counts.length - from);
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const y = counts[t] as number;
    if (Number.isNaN(y)) continue;
    const known = counts.subarray(0, t + 1).filter((v) => !Number.isNaN(v));
    const now = statistic(known);
    out.expected[i] = now.mean;
    out.pvalue[i] = Math.min(1, Math.exp(-now.log));
    out.alarm[i] = now.log > Math.log(k) ? 1 : 0;
    out.upper[i] = ret === "value" ? now.product : leastAlarming(known, k, maxUpperboundCases);
  }
  return out;
}

/** Smallest last count that passes k. The statistic grows with it above the mean, so bisection finds it. */
function leastAlarming(known: Float64Array, k: number, most: number): number {
  if (known.length <= 1) return k >= 1 ? Number.NaN : 0;
  const trial = known.slice();
  const passes = (y: number): boolean => {
    trial[trial.length - 1] = y;
    return statistic(trial).log > Math.log(k);
  };
  if (passes(0)) return 0;
  if (!passes(most)) return Number.NaN;
  let low = 0;
  let high = most;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (passes(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function statistic(x: Float64Array): { log: number; product: number; mean: number } {
  const fit = isotonic(x);
  let sum = 0;
  for (const v of x) sum += v;
  const mean = sum / x.length;
  let log = 0;
  let product = 1;
  for (let j = 0; j < x.length; j++) {
    const y = x[j] as number;
    const ratio = mean === 0 ? 1 : (fit[j] as number) / mean;
    product *= ratio ** y;
    if (y > 0) log += y * Math.log(ratio);
  }
  return { log, product, mean };
}

/** Least-squares non-decreasing fit by pooling adjacent violators. */
function isotonic(x: Float64Array): Float64Array {
  const sums: number[] = [];
  const sizes: number[] = [];
  for (const v of x) {
    let sum = v;
    let size = 1;
    while (sums.length > 0 && sum / size <= (sums.at(-1) as number) / (sizes.at(-1) as number)) {
      sum += sums.pop() as number;
      size += sizes.pop() as number;
    }
    sums.push(sum);
    sizes.push(size);
  }
  const fit = new Float64Array(x.length);
  let j = 0;
  for (let b = 0; b < sums.length; b++) {
    const level = (sums[b] as number) / (sizes[b] as number);
    for (let s = 0; s < (sizes[b] as number); s++) fit[j++] = level;
  }
  return fit;
}
