/**
 * Ridge logistic regression by Newton's method, with steps held to 1 in every coefficient.
 * @param x       rows of equal length, the first column 1 for the intercept
 * @param y       0 or 1
 * @param weight  of each row, >= 0
 * @param ridge   of each coefficient, > 0
 * @returns       coefficients
 */
export function logistic(
  x: readonly Float64Array[],
  y: Float64Array,
  weight: Float64Array,
  ridge: Float64Array,
): Float64Array {
  const p = ridge.length;
  const b = new Float64Array(p);
  for (let round = 0; round < 12; round++) {
    const h = Array.from({ length: p }, (_, i) => {
      const row = new Float64Array(p + 1);
      row[i] = ridge[i] as number;
      row[p] = -(ridge[i] as number) * (b[i] as number);
      return row;
    });
    x.forEach((row, n) => {
      const mean = sigmoid(dot(row, b));
      const spread = (weight[n] as number) * Math.max(1e-4, mean * (1 - mean));
      const error = (weight[n] as number) * ((y[n] as number) - mean);
      for (let i = 0; i < p; i++) {
        const xi = row[i] as number;
        if (xi === 0) continue;
        const hi = h[i] as Float64Array;
        hi[p] = (hi[p] as number) + error * xi;
        for (let j = i; j < p; j++) hi[j] = (hi[j] as number) + spread * xi * (row[j] as number);
      }
    });
    for (let i = 0; i < p; i++) for (let j = 0; j < i; j++) set(h, i, j, get(h, j, i));
    const step = solve(h);
    let largest = 0;
    for (let i = 0; i < p; i++) {
      b[i] = (b[i] as number) + Math.max(-1, Math.min(1, step[i] as number));
      largest = Math.max(largest, Math.abs(step[i] as number));
    }
    if (largest < 1e-4) break;
  }
  return b;
}

export const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

const get = (h: readonly Float64Array[], i: number, j: number): number => (h[i] as Float64Array)[j] as number;
const set = (h: readonly Float64Array[], i: number, j: number, v: number): void => {
  (h[i] as Float64Array)[j] = v;
};

/** Solves the symmetric positive definite system whose right-hand side is the last column. */
function solve(h: readonly Float64Array[]): Float64Array {
  const p = h.length;
  for (let i = 0; i < p; i++) {
    for (let j = i + 1; j < p; j++) {
      const m = get(h, j, i) / get(h, i, i);
      if (m !== 0) for (let k = i; k <= p; k++) set(h, j, k, get(h, j, k) - m * get(h, i, k));
    }
  }
  const s = new Float64Array(p);
  for (let i = p - 1; i >= 0; i--) {
    let v = get(h, i, p);
    for (let j = i + 1; j < p; j++) v -= get(h, i, j) * (s[j] as number);
    s[i] = v / get(h, i, i);
  }
  return s;
}
