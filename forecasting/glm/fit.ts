import { cholesky, choleskyInverse, choleskySolve, forwardSolve } from "./cholesky.ts";
import type { Family } from "./family.ts";

export type GlmInput = {
  /** Design matrix, row-major n x p; include a column of ones for an intercept. */
  readonly x: Float64Array;
  readonly n: number;
  readonly p: number;
  readonly y: Float64Array;
  /** Added to the linear predictor, length n (log exposure for a rate). */
  readonly offset?: Float64Array;
  /** Prior weights >= 0, length n; 0 leaves the observation out. */
  readonly weights?: Float64Array;
  readonly family: Family;
  /**
   * Penalty. A number l adds l * sd_j^2 to the diagonal for every non-constant column (so a column counts the same
   * whatever its unit); an array of length p is added to the diagonal as it is.
   */
  readonly ridge?: number | Float64Array;
  /** Coefficients to start from, length p. */
  readonly start?: Float64Array;
  readonly maxIterations?: number;
  /** Stop when the penalised deviance changes by less than this share. */
  readonly tolerance?: number;
  /** false leaves out covariance, standard errors and hat values, which cost as much as an iteration. */
  readonly inference?: boolean;
};

export type GlmFit = {
  /** Length p; 0 for a column that depends on earlier ones. */
  readonly coefficients: Float64Array;
  /** Length p; NaN for a dropped column. Empty without inference. */
  readonly standardErrors: Float64Array;
  /** Row-major p x p, scaled by the dispersion unless the family fixes it at 1. Empty without inference. */
  readonly covariance: Float64Array;
  /** Means, length n. */
  readonly fitted: Float64Array;
  readonly deviance: number;
  /** Pearson chi squared over the residual degrees of freedom; an estimate even where the family fixes it at 1. */
  readonly dispersion: number;
  /** Leverages, length n. Empty without inference. */
  readonly hat: Float64Array;
  /** Columns dropped for being linear combinations of earlier ones. */
  readonly aliased: readonly number[];
  readonly residualDegrees: number;
  readonly converged: boolean;
  readonly iterations: number;
};

/**
 * Generalised linear model by iteratively reweighted least squares on the normal equations (columns scaled first),
 * with step halving when the penalised deviance grows. Without ridge it gives what R's `glm` gives.
 * @throws RangeError when lengths disagree, a value is not finite, or y cannot occur under the family
 */
export function fitGlm(input: GlmInput): GlmFit {
  const { x, n, p, y, family, offset, weights } = input;
  const maxIterations = input.maxIterations ?? 50;
  const tolerance = input.tolerance ?? 1e-10;
  checkInput(input);
  const scale = columnScales(x, n, p);
  const penalty = penalties(input, scale);
  const solver = new Float64Array(p * p);
  const beta = new Float64Array(p);
  const trial = new Float64Array(p);
  const eta = new Float64Array(n);
  const mu = new Float64Array(n);
  const working = new Float64Array(n);

  if (input.start) for (let j = 0; j < p; j++) beta[j] = (input.start[j] as number) * (scale[j] as number);
  for (let i = 0; i < n; i++) {
    eta[i] = input.start
      ? (offset ? (offset[i] as number) : 0) + rowDot(x, i * p, input.start, p)
      : family.link(family.start(y[i] as number));
    mu[i] = family.mean(eta[i] as number);
  }
  let objective = input.start ? penalised(input, mu, beta, penalty) : Number.POSITIVE_INFINITY;
  let aliased: number[] = [];
  let converged = false;
  let iterations = 0;
  while (iterations < maxIterations && !converged) {
    iterations++;
    for (let i = 0; i < n; i++) {
      const d = family.slope(mu[i] as number, eta[i] as number);
      working[i] =
        (eta[i] as number) - (offset ? (offset[i] as number) : 0) + ((y[i] as number) - (mu[i] as number)) / d;
    }
    normalEquations(input, mu, eta, working, scale, solver, trial);
    for (let j = 0; j < p; j++) solver[j * p + j] = (solver[j * p + j] as number) + (penalty[j] as number);
    aliased = cholesky(solver, p);
    choleskySolve(solver, p, trial);
    let next = step(input, trial, scale, eta, mu, penalty);
    for (let half = 0; half < 30 && !(next <= objective + 1e-9 * (Math.abs(objective) + 1)); half++) {
      if (iterations === 1 && !input.start) break;
      for (let j = 0; j < p; j++) trial[j] = ((trial[j] as number) + (beta[j] as number)) / 2;
      next = step(input, trial, scale, eta, mu, penalty);
    }
    converged = Math.abs(next - objective) <= tolerance * (Math.abs(next) + 0.1);
    objective = next;
    beta.set(trial);
  }

  const coefficients = new Float64Array(p);
  for (let j = 0; j < p; j++) coefficients[j] = (beta[j] as number) / (scale[j] as number);
  let deviance = 0;
  let pearson = 0;
  let used = 0;
  for (let i = 0; i < n; i++) {
    const w = weights ? (weights[i] as number) : 1;
    if (w === 0) continue;
    used++;
    const m = mu[i] as number;
    deviance += w * family.deviance(y[i] as number, m);
    pearson += (w * ((y[i] as number) - m) ** 2) / family.variance(m);
  }
  const residualDegrees = used - p + aliased.length;
  const dispersion = residualDegrees > 0 ? pearson / residualDegrees : Number.NaN;
  const empty = new Float64Array(0);
  const shared = { coefficients, fitted: mu, deviance, dispersion, aliased, residualDegrees, converged, iterations };
  if (input.inference === false) return { ...shared, standardErrors: empty, covariance: empty, hat: empty };

  normalEquations(input, mu, eta, working, scale, solver, trial);
  for (let j = 0; j < p; j++) solver[j * p + j] = (solver[j * p + j] as number) + (penalty[j] as number);
  cholesky(solver, p);
  const hat = leverages(input, mu, eta, scale, solver);
  const covariance = choleskyInverse(solver, p);
  const phi = family.fixedDispersion ? 1 : dispersion;
  const standardErrors = new Float64Array(p);
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < p; j++) {
      const k = i * p + j;
      covariance[k] = ((covariance[k] as number) * phi) / ((scale[i] as number) * (scale[j] as number));
    }
    const variance = covariance[i * p + i] as number;
    standardErrors[i] = variance > 0 ? Math.sqrt(variance) : Number.NaN;
  }
  return { ...shared, standardErrors, covariance, hat };
}

function rowDot(x: Float64Array, at: number, b: Float64Array, p: number): number {
  let s = 0;
  for (let j = 0; j < p; j++) s += (x[at + j] as number) * (b[j] as number);
  return s;
}

/** Moves eta and mu to the trial coefficients (in scaled units) and gives the penalised deviance there. */
function step(
  input: GlmInput,
  trial: Float64Array,
  scale: Float64Array,
  eta: Float64Array,
  mu: Float64Array,
  penalty: Float64Array,
): number {
  const { x, n, p, offset, family } = input;
  const raw = new Float64Array(p);
  for (let j = 0; j < p; j++) raw[j] = (trial[j] as number) / (scale[j] as number);
  for (let i = 0; i < n; i++) {
    const e = (offset ? (offset[i] as number) : 0) + rowDot(x, i * p, raw, p);
    eta[i] = e;
    mu[i] = family.mean(e);
  }
  return penalised(input, mu, trial, penalty);
}

function penalised(input: GlmInput, mu: Float64Array, beta: Float64Array, penalty: Float64Array): number {
  const { n, p, y, weights, family } = input;
  let total = 0;
  for (let i = 0; i < n; i++) {
    const w = weights ? (weights[i] as number) : 1;
    if (w > 0) total += w * family.deviance(y[i] as number, mu[i] as number);
  }
  for (let j = 0; j < p; j++) total += (penalty[j] as number) * (beta[j] as number) ** 2;
  return total;
}

/** Lower triangle of X'WX into `matrix` and X'Wz into `vector`, both for scaled columns. */
function normalEquations(
  input: GlmInput,
  mu: Float64Array,
  eta: Float64Array,
  z: Float64Array,
  scale: Float64Array,
  matrix: Float64Array,
  vector: Float64Array,
): void {
  const { x, n, p, weights, family } = input;
  matrix.fill(0);
  vector.fill(0);
  for (let i = 0; i < n; i++) {
    const prior = weights ? (weights[i] as number) : 1;
    if (prior === 0) continue;
    const m = mu[i] as number;
    const d = family.slope(m, eta[i] as number);
    const w = (prior * d * d) / family.variance(m);
    const at = i * p;
    const zi = z[i] as number;
    for (let j = 0; j < p; j++) {
      const xj = x[at + j] as number;
      if (xj === 0) continue;
      const wx = w * xj;
      vector[j] = (vector[j] as number) + wx * zi;
      const row = j * p;
      for (let k = 0; k <= j; k++) matrix[row + k] = (matrix[row + k] as number) + wx * (x[at + k] as number);
    }
  }
  for (let j = 0; j < p; j++) {
    const sj = scale[j] as number;
    vector[j] = (vector[j] as number) / sj;
    for (let k = 0; k <= j; k++) matrix[j * p + k] = (matrix[j * p + k] as number) / (sj * (scale[k] as number));
  }
}

function leverages(
  input: GlmInput,
  mu: Float64Array,
  eta: Float64Array,
  scale: Float64Array,
  lower: Float64Array,
): Float64Array {
  const { x, n, p, weights, family } = input;
  const hat = new Float64Array(n);
  const row = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const prior = weights ? (weights[i] as number) : 1;
    if (prior === 0) continue;
    const m = mu[i] as number;
    const d = family.slope(m, eta[i] as number);
    for (let j = 0; j < p; j++) row[j] = (x[i * p + j] as number) / (scale[j] as number);
    forwardSolve(lower, p, row);
    let s = 0;
    for (let j = 0; j < p; j++) s += (row[j] as number) ** 2;
    hat[i] = (s * prior * d * d) / family.variance(m);
  }
  return hat;
}

/** Root mean square of each column, 1 for an empty one (or one whose squares vanish): keeps the normal equations well conditioned. */
function columnScales(x: Float64Array, n: number, p: number): Float64Array {
  const scale = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) scale[j] = (scale[j] as number) + (x[i * p + j] as number) ** 2;
  }
  for (let j = 0; j < p; j++) scale[j] = (scale[j] as number) < 1e-200 ? 1 : Math.sqrt((scale[j] as number) / n);
  return scale;
}

function penalties(input: GlmInput, scale: Float64Array): Float64Array {
  const { x, n, p, ridge } = input;
  const penalty = new Float64Array(p);
  if (ridge === undefined || ridge === 0) return penalty;
  for (let j = 0; j < p; j++) {
    let raw = 0;
    if (typeof ridge === "number") {
      let mean = 0;
      let square = 0;
      for (let i = 0; i < n; i++) mean += x[i * p + j] as number;
      mean /= n;
      for (let i = 0; i < n; i++) square += ((x[i * p + j] as number) - mean) ** 2;
      raw = (ridge * square) / n;
    } else {
      raw = ridge[j] as number;
    }
    penalty[j] = raw / (scale[j] as number) ** 2;
  }
  return penalty;
}

function checkInput({ x, n, p, y, offset, weights, start, ridge, family }: GlmInput): void {
  if (!(n >= 1) || !(p >= 1)) throw new RangeError(`glm: expected n >= 1 and p >= 1, got n=${n}, p=${p}`);
  const lengths: [string, number, number][] = [
    ["x", x.length, n * p],
    ["y", y.length, n],
    ["offset", offset?.length ?? n, n],
    ["weights", weights?.length ?? n, n],
    ["start", start?.length ?? p, p],
    ["ridge", typeof ridge === "object" ? ridge.length : p, p],
  ];
  for (const [name, got, expected] of lengths) {
    if (got !== expected) throw new RangeError(`glm ${name}: expected length ${expected}, got ${got}`);
  }
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i] as number)) {
      throw new RangeError(`glm x: expected finite, got ${x[i]} in row ${Math.floor(i / p)}, column ${i % p}`);
    }
  }
  for (let i = 0; i < n; i++) {
    const w = weights ? (weights[i] as number) : 1;
    if (!(w >= 0) || w === Number.POSITIVE_INFINITY)
      throw new RangeError(`glm weights: expected >= 0, got ${w} in row ${i}`);
    if (w > 0 && !family.accepts(y[i] as number)) {
      throw new RangeError(`glm y: expected ${family.expects} for ${family.name}, got ${y[i]} in row ${i}`);
    }
    if (offset && !Number.isFinite(offset[i] as number)) {
      throw new RangeError(`glm offset: expected finite, got ${offset[i]} in row ${i}`);
    }
  }
}
