import { cholesky, choleskySolve } from "../../glm/cholesky.ts";
import { between, quickExp } from "../../math/exp.ts";
import { at, type Design, type Part, stepsOf } from "./design.ts";

/** The rows of a regression that are used, column by column: long loops over few columns cost a third of the reverse. */
export type Rows = Part & {
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
/** Linear predictors no fit goes beyond. */
const LOWEST = -700;
const HIGHEST = 30;
/** Keeps a coefficient nothing speaks for at zero. */
const RIDGE = 1e-4;

/**
 * @param y       counts by step
 * @param offset  log exposure by step
 * @param rows    steps used
 */
export function gather(design: Design, y: Float64Array, offset: Float64Array | undefined, rows: Int32Array): Rows {
  const part = stepsOf(design, rows);
  const n = rows.length;
  return {
    ...part,
    y: at(y, part.rows),
    offset: offset && at(offset, part.rows),
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
    const all = means(rows, beta, gradient);
    if (fresh) curvature(rows, factor);
    if (all < NOTHING) break;
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

/** Columns, besides the intercept, of which one loop takes care: all there are of days and weeks without drivers. */
const AT_ONCE = 5;

/** Fills means, residuals and the gradient but for the ridge. @returns the sum of the means, weighed */
function means(
  { columns, ends, y, offset, weights, mu, residual }: Rows,
  beta: Float64Array,
  out: Float64Array,
): number {
  const q = columns.length;
  if (offset) mu.set(offset);
  else mu.fill(0);
  for (let j = 1 + AT_ONCE; j < q; j++) addTimes(mu, columns[j] as Float64Array, beta[j] as number);
  const none = columns[0] as Float64Array;
  const a = columns[1] ?? none;
  const b = columns[2] ?? none;
  const c = columns[3] ?? none;
  const d = columns[4] ?? none;
  const e = columns[5] ?? none;
  const ofA = q > 1 ? (beta[1] as number) : 0;
  const ofB = q > 2 ? (beta[2] as number) : 0;
  const ofC = q > 3 ? (beta[3] as number) : 0;
  const ofD = q > 4 ? (beta[4] as number) : 0;
  const ofE = q > 5 ? (beta[5] as number) : 0;
  let all = 0;
  let left = 0;
  let leftA = 0;
  let leftB = 0;
  let leftC = 0;
  let leftD = 0;
  let leftE = 0;
  let i = 0;
  for (let s = 0; s < ends.length; s++) {
    const end = ends[s] as number;
    const base = (beta[0] as number) + (s > 0 ? (beta[q + s - 1] as number) : 0);
    let here = 0;
    for (; i < end; i++) {
      const va = a[i] as number;
      const vb = b[i] as number;
      const vc = c[i] as number;
      const vd = d[i] as number;
      const ve = e[i] as number;
      const eta = base + (mu[i] as number) + ofA * va + ofB * vb + ofC * vc + ofD * vd + ofE * ve;
      const m = quickExp(between(LOWEST, eta, HIGHEST));
      const w = weights[i] as number;
      const rest = w * ((y[i] as number) - m);
      mu[i] = m;
      residual[i] = rest;
      all += w * m;
      here += rest;
      leftA += rest * va;
      leftB += rest * vb;
      leftC += rest * vc;
      leftD += rest * vd;
      leftE += rest * ve;
    }
    left += here;
    if (s > 0) out[q + s - 1] = here;
  }
  const some = [left, leftA, leftB, leftC, leftD, leftE];
  for (let j = 0; j < q; j++) out[j] = j <= AT_ONCE ? (some[j] as number) : dot(residual, columns[j] as Float64Array);
  return all;
}

function addTimes(sum: Float64Array, column: Float64Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + factor * (column[i] as number);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Sums of a vector's rows of each level into out[at], out[at + stride].. @returns the sum of all */
function byLevel(vector: Float64Array, ends: Int32Array, out: Float64Array, at: number, stride: number): number {
  let all = 0;
  let i = 0;
  for (let s = 0; s < ends.length; s++) {
    const end = ends[s] as number;
    let sum = 0;
    for (; i < end; i++) sum += vector[i] as number;
    if (s > 0) out[at + (s - 1) * stride] = sum;
    all += sum;
  }
  return all;
}

/** Factor of X'WX, of which the lower triangle is filled: products of dense columns; those with a level are sums of its rows. */
function curvature({ p, columns, ends, weights, mu }: Rows, factor: Float64Array): void {
  const n = mu.length;
  const q = columns.length;
  const weighed = new Float64Array(n);
  factor.fill(0);
  for (let i = 0; i < n; i++) weighed[i] = (weights[i] as number) * (mu[i] as number);
  factor[0] = byLevel(weighed, ends, factor, q * p, p);
  for (let j = q; j < p; j++) factor[j * p + j] = factor[j * p] as number;
  for (let j = 1; j < q; j += 2) {
    levelProducts(columns, weighed, ends, j, p, factor);
    for (let k = 1; k <= j; k += 2) tile(columns, weighed, j, k, p, factor);
  }
  for (let j = 1; j < p; j++) factor[j * p + j] = (factor[j * p + j] as number) + RIDGE;
  cholesky(factor, p);
}

/** Products of columns j and j + 1 with the weights, over all rows and over those of each level. */
function levelProducts(
  columns: readonly Float64Array[],
  weighed: Float64Array,
  ends: Int32Array,
  j: number,
  p: number,
  out: Float64Array,
): void {
  const q = columns.length;
  const two = j + 1 < q;
  const a = columns[j] as Float64Array;
  const b = columns[j + 1] ?? a;
  let allA = 0;
  let allB = 0;
  let i = 0;
  for (let s = 0; s < ends.length; s++) {
    const end = ends[s] as number;
    let ofA = 0;
    let ofB = 0;
    for (; i < end; i++) {
      const w = weighed[i] as number;
      ofA += w * (a[i] as number);
      ofB += w * (b[i] as number);
    }
    allA += ofA;
    allB += ofB;
    if (s === 0) continue;
    const row = (q + s - 1) * p;
    out[row + j] = ofA;
    if (two) out[row + j + 1] = ofB;
  }
  out[j * p] = allA;
  if (two) out[(j + 1) * p] = allB;
}

/** Weighed products of columns j and j + 1 with k and k + 1: four at a time read each column half as often. */
function tile(
  columns: readonly Float64Array[],
  weighed: Float64Array,
  j: number,
  k: number,
  p: number,
  out: Float64Array,
): void {
  const a = columns[j] as Float64Array;
  const b = columns[j + 1] ?? a;
  const c = columns[k] as Float64Array;
  const d = columns[k + 1] ?? c;
  let ac = 0;
  let ad = 0;
  let bc = 0;
  let bd = 0;
  for (let i = 0; i < weighed.length; i++) {
    const w = weighed[i] as number;
    const wa = w * (a[i] as number);
    const wb = w * (b[i] as number);
    ac += wa * (c[i] as number);
    ad += wa * (d[i] as number);
    bc += wb * (c[i] as number);
    bd += wb * (d[i] as number);
  }
  out[j * p + k] = ac;
  if (k < j) out[j * p + k + 1] = ad;
  if (j + 1 === columns.length) return;
  out[(j + 1) * p + k] = bc;
  out[(j + 1) * p + k + 1] = bd;
}
