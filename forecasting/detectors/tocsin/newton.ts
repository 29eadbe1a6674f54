import { cholesky, choleskySolve } from "../../glm/cholesky.ts";
import { at, type Design, stepsOf } from "./design.ts";

/** The rows of a regression that are used, column by column: long loops over few columns cost a third of the reverse. */
export type Rows = {
  readonly p: number;
  /** Dense columns, each of shape (n,), the intercept first. */
  readonly columns: readonly Float64Array[];
  /** Column of each row's level; 0: none. */
  readonly level: Int32Array;
  readonly y: Float64Array;
  readonly offset: Float64Array | undefined;
  readonly weights: Float64Array;
  /** Means at the coefficients before the last step, and what is left of the counts, weighed. */
  readonly mu: Float64Array;
  readonly residual: Float64Array;
};

/** Coefficients, and the Cholesky factor of X'WX they were reached with. */
export type Estimate = { readonly beta: Float64Array; readonly factor: Float64Array };

const ITERATIONS = 25;
/** Counts expected in all below which the steps stop: where nothing ever happened the intercept would fall for ever. */
const NOTHING = 0.05;
/** A Newton step this small on the log scale leaves an error of its square. */
const SETTLED = 3e-3;
/** Below this step the curvature is near enough that of the end. */
const NEAR = 0.1;
/** Keeps a coefficient nothing speaks for at zero. */
const RIDGE = 1e-4;

/**
 * @param y       counts by step
 * @param offset  log exposure by step
 * @param rows    steps used
 */
export function gather(design: Design, y: Float64Array, offset: Float64Array | undefined, rows: Int32Array): Rows {
  const { p, dense, level } = stepsOf(design, rows);
  const n = rows.length;
  return {
    p,
    columns: dense,
    level,
    y: at(y, rows),
    offset: offset && at(offset, rows),
    weights: new Float64Array(n).fill(1),
    mu: new Float64Array(n),
    residual: new Float64Array(n),
  };
}

/**
 * Newton steps on the log-likelihood, in place of beta, until the coefficients stand still.
 * @param refactor  with false the curvature of the steps before serves on, good enough where few weights have moved
 */
export function iterate(rows: Rows, { beta, factor }: Estimate, refactor: boolean): void {
  const { p } = rows;
  const gradient = new Float64Array(p);
  let fresh = refactor;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const all = means(rows, beta);
    if (fresh) curvature(rows, factor);
    if (all < NOTHING) break;
    gradientOf(rows, gradient);
    for (let j = 1; j < p; j++) gradient[j] = (gradient[j] as number) - RIDGE * (beta[j] as number);
    choleskySolve(factor, p, gradient);
    let largest = 0;
    for (let j = 0; j < p; j++) largest = Math.max(largest, Math.abs(gradient[j] as number));
    // A step of more than two on the log scale overshoots.
    const damp = largest > 2 ? 2 / largest : 1;
    for (let j = 0; j < p; j++) beta[j] = (beta[j] as number) + damp * (gradient[j] as number);
    if (largest < SETTLED) break;
    fresh = largest > NEAR;
  }
}

/** Fills means and residuals. @returns the sum of the means, weighed */
function means({ columns, level, y, offset, weights, mu, residual }: Rows, beta: Float64Array): number {
  const n = y.length;
  const effects = beta.slice();
  effects[0] = 0;
  const first = beta[0] as number;
  for (let i = 0; i < n; i++) mu[i] = first + (effects[level[i] as number] as number);
  if (offset) for (let i = 0; i < n; i++) mu[i] = (mu[i] as number) + (offset[i] as number);
  for (let j = 1; j < columns.length; j += 2) {
    const a = columns[j] as Float64Array;
    const b = columns[j + 1] ?? a;
    const ofA = beta[j] as number;
    const ofB = j + 1 < columns.length ? (beta[j + 1] as number) : 0;
    for (let i = 0; i < n; i++) mu[i] = (mu[i] as number) + ofA * (a[i] as number) + ofB * (b[i] as number);
  }
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const m = Math.exp(Math.min(mu[i] as number, 30));
    mu[i] = m;
    sum += (weights[i] as number) * m;
    residual[i] = (weights[i] as number) * ((y[i] as number) - m);
  }
  return sum;
}

function gradientOf({ columns, level, residual }: Rows, gradient: Float64Array): void {
  gradient.fill(0);
  for (let i = 0; i < residual.length; i++) {
    const j = level[i] as number;
    gradient[j] = (gradient[j] as number) + (residual[i] as number);
  }
  // What is left in the intercept's place is of the rows without a level.
  for (let j = columns.length; j < gradient.length; j++)
    gradient[0] = (gradient[0] as number) + (gradient[j] as number);
  products(columns, residual, 1, columns.length, gradient, 0);
}

/** Factor of X'WX: the products of the dense columns; those with a level are the sums of its rows. */
function curvature({ p, columns, level, weights, mu }: Rows, factor: Float64Array): void {
  const n = mu.length;
  const q = columns.length;
  const weighed = new Float64Array(n);
  const vector = new Float64Array(n);
  factor.fill(0);
  for (let i = 0; i < n; i++) weighed[i] = (weights[i] as number) * (mu[i] as number);
  for (let j = 0; j < q; j++) {
    const column = columns[j] as Float64Array;
    for (let i = 0; i < n; i++) vector[i] = (weighed[i] as number) * (column[i] as number);
    // Row 0 gets the rows without a level.
    for (let i = 0; i < n; i++) {
      const to = (level[i] as number) * p + j;
      factor[to] = (factor[to] as number) + (vector[i] as number);
    }
    if (j > 0) products(columns, vector, 1, j + 1, factor, j * p);
  }
  // Products with the intercept: those of all rows together.
  for (let k = 0; k < q; k++) {
    let sum = factor[k] as number;
    for (let j = q; j < p; j++) sum += factor[j * p + k] as number;
    factor[k * p] = sum;
  }
  for (let j = q; j < p; j++) factor[j * p + j] = factor[j * p] as number;
  for (let j = 1; j < p; j++) factor[j * p + j] = (factor[j * p + j] as number) + RIDGE;
  cholesky(factor, p);
}

/** Products of columns from..to-1 with a vector, four at a time, into out[at..]. */
function products(
  columns: readonly Float64Array[],
  vector: Float64Array,
  from: number,
  to: number,
  out: Float64Array,
  at: number,
): void {
  const n = vector.length;
  for (let j = from; j < to; j += 4) {
    const a = columns[j] as Float64Array;
    if (j + 1 === to) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (vector[i] as number) * (a[i] as number);
      out[at + j] = sum;
      return;
    }
    const b = columns[j + 1] as Float64Array;
    const c = columns[j + 2] ?? a;
    const d = columns[j + 3] ?? b;
    let ofA = 0;
    let ofB = 0;
    let ofC = 0;
    let ofD = 0;
    for (let i = 0; i < n; i++) {
      const v = vector[i] as number;
      ofA += v * (a[i] as number);
      ofB += v * (b[i] as number);
      ofC += v * (c[i] as number);
      ofD += v * (d[i] as number);
    }
    out[at + j] = ofA;
    out[at + j + 1] = ofB;
    if (j + 2 < to) out[at + j + 2] = ofC;
    if (j + 3 < to) out[at + j + 3] = ofD;
  }
}
