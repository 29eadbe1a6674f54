/** Gamma function family on the positive reals, and Loader's pieces of Stirling's formula that keep tails accurate. */

const HALF_LOG_TWO_PI = 0.9189385332046728;

/** Error of Stirling's formula: log(n!) - (n + 1/2) log n + n - log(2 pi)/2, for real n > 0. Source: C. Loader (2000). */
export function stirlingError(n: number): number {
  if (n < 15) {
    // Shift up to where the series holds to double precision, then come back by the recurrence.
    let shift = 0;
    let x = n;
    while (x < 15) {
      // stirlingError(x) - stirlingError(x+1) = (x + 1/2) log(1 + 1/x) - 1
      shift += (x + 0.5) * Math.log1p(1 / x) - 1;
      x += 1;
    }
    return shift + stirlingSeries(x);
  }
  return stirlingSeries(n);
}

function stirlingSeries(n: number): number {
  const m = 1 / (n * n);
  return (1 / 12 - m * (1 / 360 - m * (1 / 1260 - m * (1 / 1680 - m * (1 / 1188 - (m * 691) / 360360))))) / n;
}

/** Natural logarithm of the gamma function for x > 0; absolute error about 1e-14. NaN for x < 0, Infinity at 0. */
export function logGamma(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0 || x === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  let product = 1;
  let z = x;
  while (z < 15) {
    product *= z;
    z += 1;
  }
  return (z - 0.5) * Math.log(z) - z + HALF_LOG_TWO_PI + stirlingSeries(z) - Math.log(product);
}

/** Derivative of logGamma, for x > 0. */
export function digamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let shift = 0;
  let z = x;
  while (z < 12) {
    shift -= 1 / z;
    z += 1;
  }
  const m = 1 / (z * z);
  const series = m * (1 / 12 - m * (1 / 120 - m * (1 / 252 - m * (1 / 240 - m * (1 / 132 - (m * 691) / 32760)))));
  return shift + Math.log(z) - 0.5 / z - series;
}

/** Second derivative of logGamma, for x > 0. */
export function trigamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let shift = 0;
  let z = x;
  while (z < 12) {
    shift += 1 / (z * z);
    z += 1;
  }
  const m = 1 / (z * z);
  const series = 1 / 6 - m * (1 / 30 - m * (1 / 42 - m * (1 / 30 - m * (5 / 66 - (m * 691) / 2730))));
  return shift + 1 / z + m / 2 + (series * m) / z;
}

/** Deviance part x log(x/m) + m - x, without cancellation when x is near m. Source: C. Loader (2000), bd0. */
export function devianceTerm(x: number, m: number): number {
  const d = x - m;
  if (Math.abs(d) < 0.1 * (x + m)) {
    const v = d / (x + m);
    let sum = d * v;
    let term = 2 * x * v;
    const vv = v * v;
    for (let j = 1; j < 1000; j++) {
      term *= vv;
      const next = sum + term / (2 * j + 1);
      if (next === sum) return next;
      sum = next;
    }
    return sum;
  }
  return x * Math.log(x / m) + m - x;
}

/** log of e^-m m^x / Gamma(x+1) for real x >= 0, m >= 0: a Poisson mass accurate for large x and m. */
export function logPoissonKernel(x: number, m: number): number {
  if (m === 0) return x === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (x === 0) return -m;
  // Far below any double's Stirling: x tiny would lose all digits in the saddle-point form.
  if (x < 1e-3 * m || x < 1) return -m + x * Math.log(m) - logGamma(x + 1);
  return -stirlingError(x) - devianceTerm(x, m) - 0.5 * Math.log(2 * Math.PI * x);
}

/** log of Gamma(n+1)/(Gamma(x+1)Gamma(n-x+1)) p^x q^(n-x) for real 0 <= x <= n; q = 1 - p is given for accuracy. */
export function logBinomialKernel(x: number, n: number, p: number, q: number): number {
  if (p === 0) return x === 0 ? 0 : Number.NEGATIVE_INFINITY;
  if (q === 0) return x === n ? 0 : Number.NEGATIVE_INFINITY;
  if (x === 0) return n === 0 ? 0 : p < 0.1 ? -devianceTerm(n, n * q) - n * p : n * Math.log(q);
  if (x === n) return q < 0.1 ? -devianceTerm(n, n * p) - n * q : n * Math.log(p);
  const rest = n - x;
  const core =
    stirlingError(n) - stirlingError(x) - stirlingError(rest) - devianceTerm(x, n * p) - devianceTerm(rest, n * q);
  return core + 0.5 * Math.log(n / (2 * Math.PI * x * rest));
}
