import { forwardSolve } from "../../glm/cholesky.ts";
import { negativeBinomialLogPmf, negativeBinomialUpperTail } from "../../math/negative-binomial.ts";
import { normalUpperQuantile } from "../../math/normal.ts";
import { poissonLogPmf, poissonUpperTail } from "../../math/poisson.ts";
import type { Design } from "./design.ts";
import { dispersion } from "./dispersion.ts";
import { gather, iterate, type Rows } from "./newton.ts";
import { shrink } from "./shrink.ts";

/** The regression of a series on what is known to move it. */
export type Baseline = {
  readonly coefficients: Float64Array;
  /** Coefficients before groups that little speaks for were pulled towards zero: where the next fit starts. */
  readonly free: Float64Array;
  /** Variance over mean of a count about its true mean, >= 1. */
  readonly phi: number;
  /** Cholesky factor of X'WX, for the variance of a linear predictor. */
  readonly factor: Float64Array;
  /** Degrees of freedom phi is as good as: fewer than the residuals' where counts are skewed and its estimate is rough. */
  readonly phiDf: number;
  /** Half a count over the whole history: no mean is believed smaller. */
  readonly leastMean: number;
};

export type BaselineOptions = {
  /** Normal score above which a past count weighs less. */
  readonly weightsThreshold: number;
  /** Every column varies all along, so that a thinned history tells of each: not so with the days of rare drivers. */
  readonly regular: boolean;
};

/**
 * Quasi-Poisson log-linear regression, past outbreaks weighed down.
 * @param y       counts, NaN where missing
 * @param offset  log exposure of each row, NaN where unknown
 * @param known   rows used, ascending
 * @param start   the baseline of shorter history to start from
 */
export function fitBaseline(
  design: Design,
  y: Float64Array,
  offset: Float64Array | undefined,
  known: Int32Array,
  start: Baseline | undefined,
  { weightsThreshold, regular }: BaselineOptions,
): Baseline {
  const { p } = design;
  const rows = plausible(y, offset, known);
  const n = rows.length;
  const used = gather(design, y, offset, rows);
  const beta = start?.free.slice() ?? new Float64Array(p);
  const factor = new Float64Array(p * p);
  if (!start) beta[0] = Math.log(rate(used) + 1e-3);
  const stride = start || !regular ? 1 : sampleStride(n, p);
  if (stride > 1) {
    iterate(gather(design, y, offset, thinned(rows, stride)), { beta, factor }, true);
  }
  iterate(used, { beta, factor }, true);
  let spread = dispersion(used, start?.phi);
  for (let round = 0; round < 3; round++) {
    const changed = weighDown(used, spread.phi, weightsThreshold);
    if (changed) iterate(used, { beta, factor }, false);
    const before = spread.phi;
    spread = dispersion(used, before);
    if (Math.abs(spread.phi - before) < 0.02 * before) break;
  }
  const { phi, df } = spread;
  const coefficients = shrink(beta, factor, design.groups, phi);
  return { coefficients, free: beta, phi, factor, phiDf: df, leastMean: 0.5 / n };
}

/**
 * Linear predictor, without offset, of a row of the design; with its variance but for phi, if wanted (NaN otherwise).
 */
export function predict(
  { coefficients, factor }: Baseline,
  { p, dense, level }: Design,
  row: number,
  withVariance: boolean,
): { eta: number; variance: number } {
  const column = level[row] as number;
  let eta = column > 0 ? (coefficients[column] as number) : 0;
  for (let j = 0; j < dense.length; j++) eta += (dense[j]?.[row] as number) * (coefficients[j] as number);
  if (!withVariance) return { eta, variance: Number.NaN };
  const z = new Float64Array(p);
  for (let j = 0; j < dense.length; j++) z[j] = dense[j]?.[row] as number;
  if (column > 0) z[column] = 1;
  forwardSolve(factor, p, z);
  return { eta, variance: z.reduce((sum, v) => sum + v * v, 0) };
}

/** Rows per coefficient of the thinned history a first fit starts from. */
const SAMPLE = 16;

/** How far a long history may be thinned for a start; prime to the week, so that no day is left out. */
function sampleStride(n: number, p: number): number {
  const stride = Math.floor(n / (SAMPLE * p));
  return stride % 7 === 0 ? stride - 1 : stride;
}

function thinned(rows: Int32Array, stride: number): Int32Array {
  const some = new Int32Array(Math.ceil(rows.length / stride));
  for (let i = 0; i < some.length; i++) some[i] = rows[i * stride] as number;
  return some;
}

/** Times the usual beyond which a count is no outbreak but a slip of the pen, which no regression outlives. */
const GROSS = 100;

/** Rows without counts that are beyond all measure. */
function plausible(y: Float64Array, offset: Float64Array | undefined, rows: Int32Array): Int32Array {
  const rateAt = (r: number): number => (y[r] as number) / (offset ? Math.exp(offset[r] as number) : 1);
  let sum = 0;
  let most = 0;
  let exposure = 0;
  for (let i = 0; i < rows.length; i++) {
    const each = rateAt(rows[i] as number);
    sum += each;
    most = Math.max(most, each);
    exposure += offset ? Math.exp(offset[rows[i] as number] as number) : 1;
  }
  // One count more or less in a usual step.
  const one = rows.length / exposure;
  if (most < (GROSS / 2) * (sum / rows.length + one)) return rows;
  const rates = Float64Array.from(rows, rateAt).sort();
  const usual = (rates[Math.floor(0.9 * rates.length)] as number) + one;
  return rows.filter((r) => rateAt(r) <= GROSS * usual);
}

function rate({ y, offset }: Rows): number {
  let counts = 0;
  let exposure = 0;
  for (let i = 0; i < y.length; i++) {
    counts += y[i] as number;
    exposure += offset ? Math.exp(offset[i] as number) : 1;
  }
  return counts / exposure;
}

/** @returns whether any weight moved */
function weighDown({ y, weights, mu }: Rows, phi: number, threshold: number): boolean {
  let changed = false;
  for (let i = 0; i < y.length; i++) {
    const z = score(y[i] as number, mu[i] as number, phi, threshold);
    const w = z > threshold ? 1 / (z * z) : 1;
    if (w !== weights[i]) {
      weights[i] = w;
      changed = true;
    }
  }
  return changed;
}

/**
 * A count as a normal score through its own negative binomial tail (mid-p), for skewed counts pass any bound on their
 * residuals often. Exact only where the Anscombe residual says it may matter.
 */
function score(y: number, m: number, phi: number, threshold: number): number {
  if (y <= m || (y - m) ** 2 < 2 * phi * m) return 0;
  const residual = (1.5 * (Math.cbrt(y) ** 2 / m ** (1 / 6) - Math.sqrt(m))) / Math.sqrt(phi);
  if (residual < 0.6 * threshold) return residual;
  return normalUpperQuantile(Math.max(1e-300, middleTail(y, m, phi)));
}

/** P(Y > y) + P(Y = y) / 2 of the next whole count. */
function middleTail(count: number, m: number, phi: number): number {
  const y = Math.ceil(count);
  if (phi <= 1.0001) return poissonUpperTail(y, m) - Math.exp(poissonLogPmf(y, m)) / 2;
  const size = m / (phi - 1);
  return negativeBinomialUpperTail(y, m, size) - Math.exp(negativeBinomialLogPmf(y, m, size)) / 2;
}
