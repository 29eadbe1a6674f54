import { fitLogLinear, type LogLinearFit } from "./log-linear.ts";

/** Reference counts of one step: the window's counts, their 1-based times, season blocks 1..periods, exposures. */
export type ReferenceData = {
  readonly y: Float64Array;
  readonly time: Float64Array;
  readonly block: Float64Array;
  readonly population: Float64Array | undefined;
};

export type RegressionOptions = {
  readonly reweight: boolean;
  /** Standardised Anscombe residual above which a past count weighs less. */
  readonly weightsThreshold: number;
};

export type ReferenceFit = {
  /** Linear predictor at a time in the last block, and its variance but for the dispersion. */
  readonly predict: (time: number, population: number) => { eta: number; unscaledVariance: number };
  readonly trend: { readonly coefficient: number; readonly unscaledVariance: number } | undefined;
  readonly residualDf: number;
  /** Pearson's dispersion, of the weighted fit if reweighted; not clamped. */
  readonly pearson: number;
  /** sum w ((y - mu)/mu)^2 / df with the prior weights w of a reweighted fit; Pearson's without reweighting. */
  readonly priorWeighted: number;
};

/**
 * Quasi-Poisson regression of the reference counts on level, trend and season blocks; without the trend when that does not
 * converge. Past outbreaks are weighed down by their residuals and the fit repeated.
 * @returns undefined when nothing converges
 */
export function fitReference(
  data: ReferenceData,
  trend: boolean,
  periods: number,
  { reweight, weightsThreshold }: RegressionOptions,
): ReferenceFit | undefined {
  const offset = data.population?.map(Math.log);
  let columns = design(data, trend, periods);
  let fit = fitLogLinear(columns.x, data.y, { offset });
  if (!fit.converged && trend) {
    columns = design(data, false, periods);
    fit = fitLogLinear(columns.x, data.y, { offset });
  }
  if (!fit.converged) return undefined;
  let pearson = dispersion(fit, data.y, fit.workingWeights);
  let priorWeighted = pearson;
  if (reweight) {
    const weights = outbreakWeights(anscombeResiduals(fit, data.y, Math.max(1, pearson)), weightsThreshold);
    fit = fitLogLinear(columns.x, data.y, { weights, offset });
    pearson = dispersion(fit, data.y, fit.workingWeights);
    priorWeighted = dispersion(fit, data.y, weights);
  }
  const { coefficients, unscaledVariance, residualDf } = fit;
  const predict = (time: number, population: number) => {
    const row = new Float64Array(coefficients.length);
    row[0] = 1;
    if (columns.trend) row[1] = time;
    if (columns.lastBlock) row[row.length - 1] = 1;
    let eta = data.population ? Math.log(population) : 0;
    for (let j = 0; j < row.length; j++) eta += (row[j] as number) * (coefficients[j] as number);
    return { eta, unscaledVariance: unscaledVariance(row) };
  };
  const shared = { predict, residualDf, pearson, priorWeighted };
  if (!columns.trend) return { ...shared, trend: undefined };
  const unit = new Float64Array(coefficients.length);
  unit[1] = 1;
  return { ...shared, trend: { coefficient: coefficients[1] as number, unscaledVariance: unscaledVariance(unit) } };
}

/** Level, trend, and one column for each block met but the first, column after column. */
function design(data: ReferenceData, trend: boolean, periods: number) {
  const n = data.y.length;
  const met = [...new Set(data.block)].sort((a, b) => a - b).slice(1);
  const others = periods > 1 ? met : [];
  const x = new Float64Array(n * (1 + (trend ? 1 : 0) + others.length));
  x.fill(1, 0, n);
  if (trend) x.set(data.time, n);
  others.forEach((block, j) => {
    const column = (j + (trend ? 2 : 1)) * n;
    for (let i = 0; i < n; i++) x[column + i] = data.block[i] === block ? 1 : 0;
  });
  return { x, trend, lastBlock: others.at(-1) === periods };
}

/** Weighted mean square of the working residuals; with working weights this is Pearson's. */
function dispersion(fit: LogLinearFit, y: Float64Array, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const mu = fit.fitted[i] as number;
    sum += (weights[i] as number) * (((y[i] as number) - mu) / mu) ** 2;
  }
  return sum / fit.residualDf;
}

/** Anscombe residuals over their standard deviation, leverage included. @see Farrington et al. (1996) */
export function anscombeResiduals(fit: LogLinearFit, y: Float64Array, phi: number): Float64Array {
  return y.map((c, i) => {
    const mu = fit.fitted[i] as number;
    const raw = 1.5 * (c ** (2 / 3) * mu ** (-1 / 6) - Math.sqrt(mu));
    return raw / Math.sqrt(phi * (1 - (fit.hat[i] as number)));
  });
}

/** Weights 1/s^2 above the threshold and 1 below, scaled to the sum n. */
export function outbreakWeights(residuals: Float64Array, threshold: number): Float64Array {
  const raw = residuals.map((s) => (s > threshold ? 1 / (s * s) : 1));
  const scale = raw.length / raw.reduce((a, b) => a + b, 0);
  return raw.map((w) => w * scale);
}
