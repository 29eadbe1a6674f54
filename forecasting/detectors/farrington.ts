import { studentUpperTail } from "../math/student.ts";
import { type PowerTransform, transformedBound } from "./farrington-bound.ts";
import { recentCount } from "./farrington-flexible.ts";
import { fitReference, type ReferenceData, type ReferenceFit } from "./farrington-glm.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";

export type FarringtonOptions = {
  readonly b: number;
  readonly w: number;
  readonly reweight: boolean;
  /** Two-sided level: the upper bound is passed by chance with alpha / 2. */
  readonly alpha: number;
  readonly trend: boolean;
  readonly limit54: readonly [number, number];
  readonly powertrans: PowerTransform;
  readonly fitFun: "algo.farrington.fitGLM" | "algo.farrington.fitGLM.fast" | "algo.farrington.fitGLM.populationOffset";
  readonly freq: number;
};

export const FARRINGTON_DEFAULTS: FarringtonOptions = {
  b: 5,
  w: 3,
  reweight: true,
  alpha: 0.05,
  trend: true,
  limit54: [5, 4],
  powertrans: "2/3",
  fitFun: "algo.farrington.fitGLM.fast",
  freq: 52,
};

/** Residual above which the 1996 paper weighs a past count down, and level of its trend test. */
const WEIGHTS_THRESHOLD = 1;
const TREND_LEVEL = 0.05;

/**
 * Farrington's method of 1996: as the flexible one with windows only, a two-sided level, the clamped dispersion in the
 * standard error, and a bound of 0 (never NaN) where the low-count limit is not met.
 * @param counts  shape (n,), oldest first; NaN where missing
 * @returns       judgement, shape (n - from,); the p-value is the normal tail on the transformed scale
 * @throws RangeError for an option out of range or no reference counts at all
 * @see Farrington et al. (1996), JRSS A 159
 */
export function farrington(
  counts: Float64Array,
  from: number,
  options: FarringtonOptions,
  population?: Float64Array,
): Judgement {
  const { b, w, alpha, limit54, freq, powertrans, fitFun } = options;
  if (!Number.isInteger(b) || b < 1) throw new RangeError(`b: expected 1 or more whole years, got ${b}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected between 0 and 1, got ${alpha}`);
  const exposure = fitFun === "algo.farrington.fitGLM.populationOffset" ? population : undefined;
  checkFrom(from, counts.length, freq - w + 1);
  const out = blankJudgement(counts.length - from);
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const data = referenceData(counts, t, options, exposure);
    if (data.y.length < 3) continue;
    const now = exposure?.[t] ?? 1;
    const fit = fitWithTrendRule(data, t + 1, now, options);
    if (!fit) continue;
    const phi = Math.max(1, fit.pearson);
    const { eta, unscaledVariance } = fit.predict(t + 1, now);
    const mu = Math.exp(eta);
    const se = mu * Math.sqrt(phi * unscaledVariance);
    const bound = transformedBound({ mu, se, phi }, powertrans, alpha / 2);
    const y = counts[t] as number;
    out.expected[i] = mu;
    out.pvalue[i] = bound.tail(y);
    const enough = recentCount(counts, t, limit54[1]) >= limit54[0];
    out.upper[i] = enough ? bound.upper : 0;
    out.alarm[i] = enough && y > bound.upper ? 1 : 0;
  }
  return out;
}

function fitWithTrendRule(
  data: ReferenceData,
  time: number,
  population: number,
  options: FarringtonOptions,
): ReferenceFit | undefined {
  const regression = { reweight: options.reweight, weightsThreshold: WEIGHTS_THRESHOLD };
  const fit = fitReference(data, options.trend, 1, regression);
  if (!fit?.trend) return fit;
  const t = fit.trend.coefficient / Math.sqrt(fit.pearson * fit.trend.unscaledVariance);
  const significant = 2 * studentUpperTail(Math.abs(t), fit.residualDf) < TREND_LEVEL;
  const plausible = Math.exp(fit.predict(time, population).eta) <= data.y.reduce((a, c) => Math.max(a, c), 0);
  return options.b >= 3 && significant && plausible ? fit : fitReference(data, false, 1, regression);
}

function referenceData(
  counts: Float64Array,
  t: number,
  { b, w, freq }: FarringtonOptions,
  population: Float64Array | undefined,
): ReferenceData {
  const used: number[] = [];
  for (let year = b; year >= 1; year--) {
    for (let i = t - year * freq - w; i <= t - year * freq + w; i++) {
      if (i >= 0 && !Number.isNaN(counts[i] as number)) used.push(i);
    }
  }
  return {
    y: Float64Array.from(used, (i) => counts[i] as number),
    time: Float64Array.from(used, (i) => i + 1),
    block: new Float64Array(used.length).fill(1),
    population: population && Float64Array.from(used, (i) => population[i] as number),
  };
}
