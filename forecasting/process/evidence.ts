import { AT, type Inputs, lagParts, lagTables, type Prior } from "./kernel.ts";

export type Observations = {
  /** Rows of the inputs that are observed. */
  readonly at: Int32Array;
  /** Centred log values, same length. */
  readonly z: Float64Array;
  /** Variance each value has beside the common noise (sampling of counts, outliers). */
  readonly extra: Float64Array;
};

/** Lower Cholesky factor in place; throws when the matrix is not positive definite. */
export function factorise(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const rowI = i * n;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * n;
      let s = a[rowI + j] as number;
      for (let k = 0; k < j; k++) s -= (a[rowI + k] as number) * (a[rowJ + k] as number);
      if (i === j) {
        if (!(s > 0)) throw new RangeError(`covariance: not positive definite at row ${i}`);
        a[rowI + i] = Math.sqrt(s);
      } else a[rowI + j] = s / (a[rowJ + j] as number);
    }
  }
}

/** Covariance matrix (lower triangle) of the observed rows, noise included. */
export function covarianceMatrix(inputs: Inputs, data: Observations, theta: Float64Array): Float64Array {
  const { time, cycle, kind, d, f, flags, stepsPerYear } = inputs;
  const n = data.at.length;
  const last = inputs.rows === 0 ? 0 : Math.max(...time) - Math.min(...time);
  const tables = lagTables(theta, last + 1, stepsPerYear);
  const scaled = scaledNumbers(inputs, data.at, theta);
  const smooth = Math.exp(2 * (theta[AT.smooth] as number));
  const byKind = Math.exp(2 * (theta[AT.byKind] as number));
  const linear = Math.exp(2 * (theta[AT.linear] as number));
  const flag = Math.exp(2 * (theta[AT.flag] as number));
  const noise = Math.exp(2 * (theta[AT.noise] as number));
  const k = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const a = data.at[i] as number;
    for (let j = 0; j <= i; j++) {
      const b = data.at[j] as number;
      const lag = Math.abs((time[a] as number) - (time[b] as number));
      let v = 1 + (tables.plain[lag] as number);
      if (cycle[a] === cycle[b]) v += tables.sameCycle[lag] as number;
      if (d > 0) {
        let distance = 0;
        let dot = 0;
        for (let c = 0; c < d; c++) {
          const p = scaled[i * d + c] as number;
          const q = scaled[j * d + c] as number;
          distance += (p - q) * (p - q);
          dot += p * q;
        }
        v += (smooth + (kind[a] === kind[b] ? byKind : 0)) * Math.exp(-0.5 * distance) + linear * dot;
      }
      if (f > 0) {
        let shared = 0;
        for (let c = 0; c < f; c++) shared += (flags[a * f + c] as number) * (flags[b * f + c] as number);
        v += flag * shared;
      }
      k[i * n + j] = v;
    }
    k[i * n + i] = (k[i * n + i] as number) + noise + (data.extra[i] as number);
  }
  return k;
}

function scaledNumbers({ numbers, d }: Inputs, rows: Int32Array, theta: Float64Array): Float64Array {
  const scaled = new Float64Array(rows.length * d);
  for (let c = 0; c < d; c++) {
    const inverse = Math.exp(-(theta[AT.scales + c] as number));
    for (let i = 0; i < rows.length; i++)
      scaled[i * d + c] = (numbers[(rows[i] as number) * d + c] as number) * inverse;
  }
  return scaled;
}

/** Inverse (lower triangle and diagonal) of L L'. */
export function inverseFromFactor(l: Float64Array, n: number): Float64Array {
  // Inverse of L, stored transposed so that the products below run along rows.
  const t = new Float64Array(n * n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column[j] = 1 / (l[j * n + j] as number);
    for (let i = j + 1; i < n; i++) {
      let s = 0;
      const row = i * n;
      for (let k = j; k < i; k++) s -= (l[row + k] as number) * (column[k] as number);
      column[i] = s / (l[row + i] as number);
    }
    for (let i = j; i < n; i++) t[j * n + i] = column[i] as number;
  }
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let s = 0;
      const a = i * n;
      const b = j * n;
      for (let k = i; k < n; k++) s += (t[a + k] as number) * (t[b + k] as number);
      inverse[i * n + j] = s;
    }
  }
  return inverse;
}

/** Diagonal of the inverse of L L', at a third of the cost of all of it. */
export function inverseDiagonal(l: Float64Array, n: number): Float64Array {
  const diagonal = new Float64Array(n);
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    column[j] = 1 / (l[j * n + j] as number);
    let square = (column[j] as number) ** 2;
    for (let i = j + 1; i < n; i++) {
      let s = 0;
      const row = i * n;
      for (let k = j; k < i; k++) s -= (l[row + k] as number) * (column[k] as number);
      const v = s / (l[row + i] as number);
      column[i] = v;
      square += v * v;
    }
    diagonal[j] = square;
  }
  return diagonal;
}

export function solveFactor(l: Float64Array, n: number, b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < n; i++) {
    let s = x[i] as number;
    for (let k = 0; k < i; k++) s -= (l[i * n + k] as number) * (x[k] as number);
    x[i] = s / (l[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i--) {
    const v = (x[i] as number) / (l[i * n + i] as number);
    x[i] = v;
    for (let k = 0; k < i; k++) x[k] = (x[k] as number) - (l[i * n + k] as number) * v;
  }
  return x;
}

/** Log of the marginal likelihood and its gradient in theta (logarithms of the parameters). */
export function evidence(
  inputs: Inputs,
  data: Observations,
  theta: Float64Array,
): { value: number; gradient: Float64Array } {
  const { time, cycle, kind, d, f, flags, stepsPerYear } = inputs;
  const n = data.at.length;
  const l = covarianceMatrix(inputs, data, theta);
  factorise(l, n);
  const alpha = solveFactor(l, n, data.z);
  let value = -0.5 * n * Math.log(2 * Math.PI);
  for (let i = 0; i < n; i++)
    value -= Math.log(l[i * n + i] as number) + 0.5 * (alpha[i] as number) * (data.z[i] as number);
  const inverse = inverseFromFactor(l, n);
  const scaled = scaledNumbers(inputs, data.at, theta);
  const smooth = Math.exp(2 * (theta[AT.smooth] as number));
  const byKind = Math.exp(2 * (theta[AT.byKind] as number));
  const linear = Math.exp(2 * (theta[AT.linear] as number));
  const span = Math.max(...data.at.map((a) => time[a] as number)) - Math.min(...data.at.map((a) => time[a] as number));
  const byLag = new Float64Array(span + 1);
  const byLagSame = new Float64Array(span + 1);
  const gradient = new Float64Array(theta.length);
  const add = (at: number, v: number) => {
    gradient[at] = (gradient[at] as number) + v;
  };
  for (let i = 0; i < n; i++) {
    const a = data.at[i] as number;
    for (let j = 0; j <= i; j++) {
      const b = data.at[j] as number;
      // dL/dK, both triangles at once
      const g = ((alpha[i] as number) * (alpha[j] as number) - (inverse[i * n + j] as number)) * (i === j ? 0.5 : 1);
      const lag = Math.abs((time[a] as number) - (time[b] as number));
      byLag[lag] = (byLag[lag] as number) + g;
      if (cycle[a] === cycle[b]) byLagSame[lag] = (byLagSame[lag] as number) + g;
      if (d > 0) {
        let distance = 0;
        let dot = 0;
        for (let c = 0; c < d; c++) {
          const p = scaled[i * d + c] as number;
          const q = scaled[j * d + c] as number;
          distance += (p - q) * (p - q);
          dot += p * q;
        }
        const e = Math.exp(-0.5 * distance);
        const same = kind[a] === kind[b] ? byKind : 0;
        add(AT.smooth, 2 * g * smooth * e);
        add(AT.byKind, 2 * g * same * e);
        add(AT.linear, 2 * g * linear * dot);
        const ge = g * (smooth + same) * e;
        const gl = 2 * g * linear;
        for (let c = 0; c < d; c++) {
          const p = scaled[i * d + c] as number;
          const q = scaled[j * d + c] as number;
          add(AT.scales + c, ge * (p - q) * (p - q) - gl * p * q);
        }
      }
      if (f > 0) {
        let shared = 0;
        for (let c = 0; c < f; c++) shared += (flags[a * f + c] as number) * (flags[b * f + c] as number);
        if (shared > 0) add(AT.flag, 2 * g * shared);
      }
    }
    add(AT.noise, (alpha[i] as number) ** 2 - (inverse[i * n + i] as number));
  }
  gradient[AT.flag] = (gradient[AT.flag] as number) * Math.exp(2 * (theta[AT.flag] as number));
  gradient[AT.noise] = (gradient[AT.noise] as number) * Math.exp(2 * (theta[AT.noise] as number));
  const cycleSize = Math.exp(2 * (theta[AT.cycle] as number));
  for (let lag = 0; lag <= span; lag++) {
    const g = byLag[lag] as number;
    const gs = byLagSame[lag] as number;
    const part = lagParts(theta, lag, stepsPerYear);
    add(AT.trend, 2 * g * part.trend);
    add(AT.trendSpan, g * part.trendBySpan);
    add(AT.year, 2 * g * part.year);
    add(AT.yearScale, g * part.yearByScale + gs * part.cycleYearByScale);
    add(AT.sharp, 2 * g * part.sharp);
    add(AT.level, 2 * g * part.level);
    add(AT.levelSpan, g * part.levelBySpan);
    add(AT.cycle, 2 * gs * cycleSize);
    add(AT.cycleYear, 2 * gs * part.cycleYear);
  }
  return { value, gradient };
}

/** Adds a Gaussian prior on theta to the evidence. */
export function withPrior(result: { value: number; gradient: Float64Array }, theta: Float64Array, prior: Prior) {
  let { value } = result;
  const gradient = result.gradient.slice();
  for (let i = 0; i < theta.length; i++) {
    const u = ((theta[i] as number) - (prior.mean[i] as number)) / (prior.sd[i] as number);
    value -= 0.5 * u * u;
    gradient[i] = (gradient[i] as number) - u / (prior.sd[i] as number);
  }
  return { value, gradient };
}
