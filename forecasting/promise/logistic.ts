/** Rows of a design: dense columns, the first of them 1, and one level of a factor. */
export interface Design {
  /** Row-major, length rows x columns. */
  readonly x: Float64Array;
  readonly columns: number;
  /** Of each row, 0 to levels - 1. */
  readonly level: Uint8Array;
  readonly levels: number;
}

/**
 * Ridge logistic regression by Newton's method, with steps held to 1 in every coefficient.
 * @param y       0 or 1
 * @param weight  of each row, >= 0
 * @param ridge   of each coefficient, > 0
 * @param start   coefficients to begin with: those of a like fit save most of the work
 * @returns       coefficients of the columns, then of the levels
 */
export function logistic(
  design: Design,
  y: Float64Array,
  weight: Float64Array,
  ridge: Float64Array,
  start?: ArrayLike<number>,
): Float64Array {
  const p = ridge.length;
  const b = start?.length === p ? Float64Array.from(start) : new Float64Array(p);
  for (let round = 0; round < 12; round++) {
    const step = solve(equations(design, y, weight, ridge, b), p);
    let largest = 0;
    for (let i = 0; i < p; i++) {
      b[i] = (b[i] as number) + Math.max(-1, Math.min(1, step[i] as number));
      largest = Math.max(largest, Math.abs(step[i] as number));
    }
    if (largest < 1e-4) break;
  }
  return b;
}

/** Newton's equations, shape (p, p + 1), row-major: the Hessian, and the gradient as last column. */
function equations(
  { x, columns, level, levels }: Design,
  y: Float64Array,
  weight: Float64Array,
  ridge: Float64Array,
  b: Float64Array,
): Float64Array {
  const p = columns + levels;
  const width = p + 1;
  const h = new Float64Array(p * width);
  for (let i = 0; i < p; i++) {
    h[i * width + i] = ridge[i] as number;
    h[i * width + p] = -(ridge[i] as number) * (b[i] as number);
  }
  for (let n = 0; n < y.length; n++) {
    const row = n * columns;
    const own = columns + (level[n] as number);
    let logit = b[own] as number;
    for (let i = 0; i < columns; i++) logit += (x[row + i] as number) * (b[i] as number);
    const mean = sigmoid(logit);
    const spread = (weight[n] as number) * Math.max(1e-4, mean * (1 - mean));
    const error = (weight[n] as number) * ((y[n] as number) - mean);
    for (let i = 0; i < columns; i++) {
      const xi = x[row + i] as number;
      const part = spread * xi;
      const at = i * width;
      for (let j = i; j < columns; j++) h[at + j] = (h[at + j] as number) + part * (x[row + j] as number);
      h[at + own] = (h[at + own] as number) + part;
      h[at + p] = (h[at + p] as number) + error * xi;
    }
    h[own * width + own] = (h[own * width + own] as number) + spread;
    h[own * width + p] = (h[own * width + p] as number) + error;
  }
  for (let i = 0; i < p; i++) for (let j = 0; j < i; j++) h[i * width + j] = h[j * width + i] as number;
  return h;
}

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** Solves a symmetric positive definite system whose right-hand side is the last column. */
function solve(h: Float64Array, p: number): Float64Array {
  const width = p + 1;
  const get = (i: number, j: number) => h[i * width + j] as number;
  for (let i = 0; i < p; i++) {
    for (let j = i + 1; j < p; j++) {
      const m = get(j, i) / get(i, i);
      if (m !== 0) for (let k = i; k <= p; k++) h[j * width + k] = get(j, k) - m * get(i, k);
    }
  }
  const s = new Float64Array(p);
  for (let i = p - 1; i >= 0; i--) {
    let v = get(i, p);
    for (let j = i + 1; j < p; j++) v -= get(i, j) * (s[j] as number);
    s[i] = v / get(i, i);
  }
  return s;
}
