import { normalUpperQuantile } from "../math/normal.ts";
import { studentUpperTail } from "../math/student.ts";
import { seasonBlocks } from "./farrington-blocks.ts";
import { type Bound, countBound, type PowerTransform, transformedBound } from "./farrington-bound.ts";
import { fitReference, type ReferenceData, type ReferenceFit } from "./farrington-glm.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";

export type FarringtonFlexibleOptions = {
  /** Years back, and steps on each side of the same time in them. */
  readonly b: number;
  readonly w: number;
  readonly reweight: boolean;
  readonly weightsThreshold: number;
  readonly alpha: number;
  readonly trend: boolean;
  /** The trend stays only if its two-sided p-value is below this. */
  readonly pThresholdTrend: number;
  /** No judgement unless the last limit54[1] steps, this one included, hold limit54[0] counts. */
  readonly limit54: readonly [number, number];
  readonly powertrans: PowerTransform;
  readonly populationOffset: boolean;
  /** Blocks the year is cut into, the reference windows being one; 1 uses the windows only. */
  readonly noPeriods: number;
  /** Latest steps kept out of the reference set; null is w. */
  readonly pastWeeksNotIncluded: number | null;
  readonly thresholdMethod: "delta" | "nbPlugin" | "muan";
  readonly freq: number;
};

export const FARRINGTON_FLEXIBLE_DEFAULTS: FarringtonFlexibleOptions = {
  b: 5,
  w: 3,
  reweight: true,
  weightsThreshold: 2.58,
  alpha: 0.05,
  trend: true,
  pThresholdTrend: 0.05,
  limit54: [5, 4],
  powertrans: "2/3",
  populationOffset: false,
  noPeriods: 1,
  pastWeeksNotIncluded: null,
  thresholdMethod: "delta",
  freq: 52,
};

/** The settings of the 2013 paper. */
export const NOUFAILY: FarringtonFlexibleOptions = {
  ...FARRINGTON_FLEXIBLE_DEFAULTS,
  alpha: 0.005,
  pThresholdTrend: 1,
  noPeriods: 10,
  pastWeeksNotIncluded: 26,
  thresholdMethod: "nbPlugin",
};

/**
 * Farrington's method, flexible version: a quasi-Poisson regression on comparable past weeks, past outbreaks weighed down.
 * @param counts      shape (n,), oldest first, one per equal step; NaN where missing
 * @param population  exposure of each step, shape (n,), used with populationOffset
 * @returns           judgement, shape (n - from,). Alarm where count > upper and not zero; NaN bounds where the low-count
 *                    limit is not met or the regression does not converge. The p-value is P(Y >= y).
 * @throws RangeError for an option out of range or a history shorter than b years
 * @see Farrington et al. (1996), JRSS A 159; Noufaily et al. (2013), Statistics in Medicine 32
 */
export function farringtonFlexible(
  counts: Float64Array,
  from: number,
  options: FarringtonFlexibleOptions,
  population?: Float64Array,
): Judgement {
  const { b, alpha, limit54, freq, powertrans, thresholdMethod, populationOffset } = options;
  checkOptions(options);
  if (populationOffset && !population) throw new RangeError("populationOffset: expected an exposure for each step");
  checkFrom(from, counts.length, b * freq);
  const out = blankJudgement(counts.length - from);
  const z = normalUpperQuantile(alpha);
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const data = referenceData(counts, t, options, populationOffset ? population : undefined);
    const now = population?.[t] ?? 1;
    const fit = fitWithTrendRule(data, t + 1, now, options);
    if (!fit) continue;
    const phi = Math.max(1, fit.pearson);
    const { eta, unscaledVariance } = fit.predict(t + 1, now);
    const seEta = Math.sqrt(fit.priorWeighted * unscaledVariance);
    const mu = Math.exp(eta);
    let bound: Bound;
    if (thresholdMethod === "delta") bound = transformedBound({ mu, se: seEta * mu, phi }, powertrans, alpha);
    else bound = countBound(thresholdMethod === "muan" ? Math.exp(eta + z * seEta) : mu, phi, alpha);
    const y = counts[t] as number;
    out.expected[i] = mu;
    out.pvalue[i] = bound.tail(y);
    if (recentCount(counts, t, limit54[1]) < limit54[0]) continue;
    out.upper[i] = bound.upper;
    out.alarm[i] = y > bound.upper && y !== 0 ? 1 : 0;
  }
  return out;
}

/** Counts of the last `steps` steps up to t, missing ones left out. */
export function recentCount(counts: Float64Array, t: number, steps: number): number {
  let sum = 0;
  for (let i = Math.max(0, t - steps + 1); i <= t; i++) sum += (counts[i] as number) || 0;
  return sum;
}

/** The trend stays if asked for, over three years or more, significant, and not leading above all counts seen. */
function fitWithTrendRule(
  data: ReferenceData,
  time: number,
  population: number,
  options: FarringtonFlexibleOptions,
): ReferenceFit | undefined {
  const { noPeriods, pThresholdTrend, b } = options;
  const fit = fitReference(data, options.trend, noPeriods, options);
  if (!fit?.trend) return fit;
  const t = fit.trend.coefficient / Math.sqrt(fit.priorWeighted * fit.trend.unscaledVariance);
  const significant = 2 * studentUpperTail(Math.abs(t), fit.residualDf) < pThresholdTrend;
  const plausible = Math.exp(fit.predict(time, population).eta) <= data.y.reduce((a, c) => Math.max(a, c), 0);
  if (b >= 3 && significant && plausible) return fit;
  return fitReference(data, false, noPeriods, options);
}

function referenceData(
  counts: Float64Array,
  t: number,
  { b, w, noPeriods, freq, pastWeeksNotIncluded }: FarringtonFlexibleOptions,
  population: Float64Array | undefined,
): ReferenceData {
  const blocks = seasonBlocks(t, freq, b, w, noPeriods);
  const used: number[] = [];
  for (let i = 0; i < t - (pastWeeksNotIncluded ?? w); i++) {
    if (blocks[i] !== 0 && !Number.isNaN(counts[i] as number)) used.push(i);
  }
  return {
    y: Float64Array.from(used, (i) => counts[i] as number),
    time: Float64Array.from(used, (i) => i + 1),
    block: Float64Array.from(used, (i) => blocks[i] as number),
    population: population && Float64Array.from(used, (i) => population[i] as number),
  };
}

function checkOptions({ b, w, alpha, limit54, noPeriods, weightsThreshold }: FarringtonFlexibleOptions): void {
  if (!Number.isInteger(b) || b < 1) throw new RangeError(`b: expected 1 or more whole years, got ${b}`);
  if (!Number.isInteger(w) || w < 0) throw new RangeError(`w: expected a whole number of steps, got ${w}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected between 0 and 1, got ${alpha}`);
  if (!(limit54[0] >= 0 && limit54[1] > 0)) {
    throw new RangeError(`limit54: expected counts >= 0 and steps > 0, got ${limit54.join(",")}`);
  }
  if (!Number.isInteger(noPeriods) || noPeriods < 1)
    throw new RangeError(`noPeriods: expected 1 or more, got ${noPeriods}`);
  if (!(weightsThreshold > 0)) throw new RangeError(`weightsThreshold: expected positive, got ${weightsThreshold}`);
}
