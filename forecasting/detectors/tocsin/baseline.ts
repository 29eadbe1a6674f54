import { cholesky, choleskySolve, forwardSolve } from "../../glm/cholesky.ts";
import { negativeBinomialUpperTail } from "../../math/negative-binomial.ts";
import { normalUpperQuantile } from "../../math/normal.ts";
import { poissonUpperTail } from "../../math/poisson.ts";
import type { Group } from "./design.ts";
import { dispersion } from "./dispersion.ts";
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
  /** Columns that are pulled towards zero together. */
  readonly groups: readonly Group[];
};

const ITERATIONS = 25;
/** A Newton step this small on the log scale leaves an error of its square. */
const SETTLED = 3e-3;
/** Keeps a coefficient nothing speaks for at zero. */
const RIDGE = 1e-4;

/**
 * Quasi-Poisson log-linear regression, past outbreaks weighed down.
 * @param x       design, row-major, at least n * p
 * @param y       counts, NaN where missing
 * @param offset  log exposure of each row, NaN where unknown
 * @param rows    rows used, ascending
 * @param start   coefficients to start from
 */
export function fitBaseline(
  x: Float64Array,
  p: number,
  y: Float64Array,
  offset: Float64Array | undefined,
  rows: Int32Array,
  start: Float64Array | undefined,
  { weightsThreshold, regular, groups }: BaselineOptions,
): Baseline {
  const n = rows.length;
  const weights = new Float64Array(n).fill(1);
  const mu = new Float64Array(n);
  const beta = start?.slice() ?? new Float64Array(p);
  const state = { x, p, y, offset, rows, weights, mu, beta, factor: new Float64Array(p * p) };
  if (!start) beta[0] = Math.log(rate(y, offset, rows) + 1e-3);
  const stride = start || !regular ? 1 : sampleStride(n, p);
  if (stride > 1) {
    const some = rows.filter((_, i) => i % stride === 0);
    const part = { weights: weights.subarray(0, some.length), mu: mu.subarray(0, some.length) };
    iterate({ ...state, ...part, rows: some });
    // The curvature of the whole is that of the part, so many times over.
    const scale = Math.sqrt(n / some.length);
    for (let i = 0; i < state.factor.length; i++) state.factor[i] = (state.factor[i] as number) * scale;
  }
  iterate(state, stride === 1);
  let spread = dispersion(state);
  for (let round = 0; round < 3; round++) {
    const changed = weighDown(state, spread.phi, weightsThreshold);
    if (changed) iterate(state, false);
    const before = spread.phi;
    spread = dispersion(state);
    if (Math.abs(spread.phi - before) < 0.02 * before) break;
  }
  const { phi, df } = spread;
  const coefficients = shrink(beta, state.factor, groups, phi);
  return { coefficients, free: beta, phi, factor: state.factor, phiDf: df, leastMean: 0.5 / n };
}

/**
 * Linear predictor, without offset, of the design row at x[at..]; with its variance but for phi, if wanted (NaN otherwise).
 */
export function predict(
  { coefficients, factor }: Baseline,
  x: Float64Array,
  at: number,
  withVariance: boolean,
): { eta: number; variance: number } {
  const p = coefficients.length;
  let eta = 0;
  for (let j = 0; j < p; j++) eta += (x[at + j] as number) * (coefficients[j] as number);
  if (!withVariance) return { eta, variance: Number.NaN };
  const z = x.slice(at, at + p);
  forwardSolve(factor, p, z);
  return { eta, variance: z.reduce((sum, v) => sum + v * v, 0) };
}

type State = {
  readonly x: Float64Array;
  readonly p: number;
  readonly y: Float64Array;
  readonly offset: Float64Array | undefined;
  readonly rows: Int32Array;
  readonly weights: Float64Array;
  readonly mu: Float64Array;
  readonly beta: Float64Array;
  readonly factor: Float64Array;
};

/** Rows per coefficient of the thinned history a first fit starts from. */
const SAMPLE = 16;

/** How far a long history may be thinned for a start; prime to the week, so that no day is left out. */
function sampleStride(n: number, p: number): number {
  const stride = Math.floor(n / (SAMPLE * p));
  return stride % 7 === 0 ? stride - 1 : stride;
}

function rate(y: Float64Array, offset: Float64Array | undefined, rows: Int32Array): number {
  let counts = 0;
  let exposure = 0;
  for (const r of rows) {
    counts += y[r] as number;
    exposure += offset ? Math.exp(offset[r] as number) : 1;
  }
  return counts / exposure;
}

/**
 * Newton steps on the log-likelihood until the coefficients stand still. With `refactor` false the curvature of the steps
 * before serves on, good enough where few weights have moved.
 */
function iterate(s: State, refactor = true): void {
  const { x, p, y, offset, rows, weights, mu, beta, factor } = s;
  const gradient = new Float64Array(p);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (refactor) factor.fill(0);
    gradient.fill(0);
    for (let i = 0; i < rows.length; i++) {
      const r = rows[i] as number;
      const at = r * p;
      let eta = offset ? (offset[r] as number) : 0;
      for (let j = 0; j < p; j++) eta += (x[at + j] as number) * (beta[j] as number);
      const m = Math.exp(Math.min(eta, 30));
      mu[i] = m;
      const w = weights[i] as number;
      const wm = w * m;
      const residual = w * ((y[r] as number) - m);
      for (let j = 0; j < p; j++) {
        const xj = x[at + j] as number;
        // Most levels of a calendar cycle are absent from a row.
        if (xj === 0) continue;
        gradient[j] = (gradient[j] as number) + residual * xj;
        if (!refactor) continue;
        const wx = wm * xj;
        const row = j * p;
        for (let k = 0; k <= j; k++) factor[row + k] = (factor[row + k] as number) + wx * (x[at + k] as number);
      }
    }
    for (let j = 1; j < p; j++) {
      if (refactor) factor[j * p + j] = (factor[j * p + j] as number) + RIDGE;
      gradient[j] = (gradient[j] as number) - RIDGE * (beta[j] as number);
    }
    if (refactor) cholesky(factor, p);
    choleskySolve(factor, p, gradient);
    let largest = 0;
    for (let j = 0; j < p; j++) largest = Math.max(largest, Math.abs(gradient[j] as number));
    // A step of more than two on the log scale overshoots.
    const damp = largest > 2 ? 2 / largest : 1;
    for (let j = 0; j < p; j++) beta[j] = (beta[j] as number) + damp * (gradient[j] as number);
    if (largest < SETTLED) break;
  }
}

/** @returns whether any weight moved */
function weighDown({ y, rows, weights, mu }: State, phi: number, threshold: number): boolean {
  let changed = false;
  for (let i = 0; i < rows.length; i++) {
    const z = score(y[rows[i] as number] as number, mu[i] as number, phi, threshold);
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
  return normalUpperQuantile(Math.max(1e-300, (upperTail(y, m, phi) + upperTail(y + 1, m, phi)) / 2));
}

function upperTail(y: number, m: number, phi: number): number {
  return phi > 1.0001 ? negativeBinomialUpperTail(y, m, m / (phi - 1)) : poissonUpperTail(y, m);
}
