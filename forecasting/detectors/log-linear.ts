/** A weighted log-linear fit, with what hat values and standard errors need. */
export type LogLinearFit = {
  readonly coefficients: Float64Array;
  readonly fitted: Float64Array;
  /** Working weights (prior weight times mean, over 1 + mean/theta) of the last iteration. */
  readonly workingWeights: Float64Array;
  /** Leverages, shape (n,). */
  readonly hat: Float64Array;
  /** n - rank. */
  readonly residualDf: number;
  readonly converged: boolean;
  /** x' (X'WX)^-1 x for one design row: times the dispersion, the variance of its linear predictor. */
  readonly unscaledVariance: (row: Float64Array) => number;
};

const MAX_ITERATIONS = 25;
const TOLERANCE = 1e-8;
const COLLINEAR = 1e-11;

export type LogLinearOptions = {
  /** Prior weights, shape (n,), > 0; all one when left out. */
  readonly weights?: Float64Array | undefined;
  /** Known part of the log mean, shape (n,). */
  readonly offset?: Float64Array | undefined;
  /** Size of the negative binomial, variance mu + mu^2/theta; Infinity (the Poisson) when left out. */
  readonly theta?: number;
  /** Means to start from, shape (n,); y + 0.1 when left out. */
  readonly start?: Float64Array;
};

/**
 * Poisson or negative binomial log-linear regression by iteratively reweighted least squares, each step solved by Householder QR.
 * Start, stopping rule (relative change of the deviance below 1e-8, 25 steps at most) and the habit of taking
 * leverages from the last weighted step are those of R's glm.fit, because fits that drift towards a mean of zero never
 * quite settle and their bounds depend on where one stops.
 * @param x       design, n * p, column after column
 * @param y       counts, shape (n,), finite, >= 0
 * @see McCullagh and Nelder (1989), Generalized Linear Models, chapter 2
 */
export function fitLogLinear(x: Float64Array, y: Float64Array, options: LogLinearOptions = {}): LogLinearFit {
  const { weights, offset, theta = Number.POSITIVE_INFINITY } = options;
  const n = y.length;
  const p = x.length / n;
  const mu = options.start?.slice() ?? y.map((v) => v + 0.1);
  const eta = mu.map(Math.log);
  const root = new Float64Array(n);
  const working = new Float64Array(n);
  const target = new Float64Array(n);
  const a = new Float64Array(n * p);
  const coefficients = new Float64Array(p);
  let kept: number[] = [];
  let deviance = devianceOf(y, mu, theta, weights);
  let converged = false;
  for (let iteration = 0; iteration < MAX_ITERATIONS && !converged; iteration++) {
    for (let i = 0; i < n; i++) {
      const m = mu[i] as number;
      working[i] = (m / (1 + m / theta)) * (weights?.[i] ?? 1);
      root[i] = Math.sqrt(working[i] as number);
      const z = (eta[i] as number) - (offset?.[i] ?? 0) + ((y[i] as number) - m) / m;
      target[i] = z * (root[i] as number);
    }
    for (let j = 0; j < p; j++) {
      for (let i = 0; i < n; i++) a[j * n + i] = (x[j * n + i] as number) * (root[i] as number);
    }
    kept = leastSquares(a, target, n, p, coefficients);
    for (let i = 0; i < n; i++) {
      let e = offset?.[i] ?? 0;
      for (let j = 0; j < p; j++) e += (x[j * n + i] as number) * (coefficients[j] as number);
      eta[i] = e;
      mu[i] = Math.max(Math.exp(e), Number.EPSILON);
    }
    const before = deviance;
    deviance = devianceOf(y, mu, theta, weights);
    if (!Number.isFinite(deviance)) break;
    converged = Math.abs(deviance - before) / (Math.abs(deviance) + 0.1) < TOLERANCE;
  }
  const rank = kept.length;
  const u = new Float64Array(rank);
  // The triangle R stands in `a`, in the rows 0..rank-1 of the kept columns.
  const unscaledVariance = (row: Float64Array): number => {
    let sum = 0;
    for (let k = 0; k < rank; k++) {
      const column = kept[k] as number;
      let v = row[column] as number;
      for (let l = 0; l < k; l++) v -= (a[column * n + l] as number) * (u[l] as number);
      u[k] = v / (a[column * n + k] as number);
      sum += (u[k] as number) ** 2;
    }
    return sum;
  };
  const hat = new Float64Array(n);
  const row = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < p; j++) row[j] = x[j * n + i] as number;
    hat[i] = unscaledVariance(row) * (working[i] as number);
  }
  return { coefficients, fitted: mu, workingWeights: working, hat, residualDf: n - rank, converged, unscaledVariance };
}

function devianceOf(y: Float64Array, mu: Float64Array, theta: number, weights: Float64Array | undefined): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const c = y[i] as number;
    const m = mu[i] as number;
    const scaled = theta === Number.POSITIVE_INFINITY ? c - m : (c + theta) * Math.log((c + theta) / (m + theta));
    sum += (weights?.[i] ?? 1) * ((c > 0 ? c * Math.log(c / m) : 0) - scaled);
  }
  return 2 * sum;
}

/**
 * Least squares by Householder reflections in place; columns that are combinations of earlier ones are left out, their
 * coefficients 0. @returns the columns kept; R is left in their first rows
 */
function leastSquares(a: Float64Array, b: Float64Array, n: number, p: number, coefficients: Float64Array): number[] {
  const kept: number[] = [];
  const norms = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    let s = 0;
    for (let i = j * n; i < (j + 1) * n; i++) s += (a[i] as number) ** 2;
    norms[j] = Math.sqrt(s);
  }
  for (let j = 0; j < p && kept.length < n; j++) {
    const k = kept.length;
    const c = j * n;
    let s = 0;
    for (let i = c + k; i < c + n; i++) s += (a[i] as number) ** 2;
    const length = Math.sqrt(s);
    if (!(length > COLLINEAR * (norms[j] as number))) continue;
    const top = a[c + k] as number;
    const alpha = top > 0 ? -length : length;
    a[c + k] = top - alpha;
    const scale = 1 / (s - alpha * top);
    for (let l = j + 1; l < p; l++) reflect(a, a, c, l * n, k, n, scale);
    reflect(a, b, c, 0, k, n, scale);
    a[c + k] = alpha;
    kept.push(j);
  }
  coefficients.fill(0);
  for (let k = kept.length - 1; k >= 0; k--) {
    let v = b[k] as number;
    for (let l = k + 1; l < kept.length; l++) {
      v -= (a[(kept[l] as number) * n + k] as number) * (coefficients[kept[l] as number] as number);
    }
    const j = kept[k] as number;
    coefficients[j] = v / (a[j * n + k] as number);
  }
  return kept;
}

/** Subtracts from target[at..] its part along the reflector that stands in source[c + k .. c + n). */
function reflect(
  source: Float64Array,
  target: Float64Array,
  c: number,
  at: number,
  k: number,
  n: number,
  scale: number,
): void {
  let dot = 0;
  for (let i = k; i < n; i++) dot += (source[c + i] as number) * (target[at + i] as number);
  dot *= scale;
  for (let i = k; i < n; i++) target[at + i] = (target[at + i] as number) - dot * (source[c + i] as number);
}
