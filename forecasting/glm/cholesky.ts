/**
 * Cholesky of a symmetric positive semi-definite matrix in place: A = L L'.
 * Only the lower triangle is read and written. Columns that depend on earlier ones (pivot below `tolerance` of
 * the original diagonal) are dropped: their row and column of L become zero and the returned list names them.
 * @param a  row-major p x p
 */
export function cholesky(a: Float64Array, p: number, tolerance = 1e-11): number[] {
  const dropped: number[] = [];
  for (let j = 0; j < p; j++) {
    const rowJ = j * p;
    const diagonal = a[rowJ + j] as number;
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= (a[rowJ + k] as number) ** 2;
    if (!(pivot > tolerance * diagonal) || !(pivot > 0)) {
      dropped.push(j);
      for (let k = 0; k <= j; k++) a[rowJ + k] = 0;
      for (let i = j + 1; i < p; i++) a[i * p + j] = 0;
      continue;
    }
    const root = Math.sqrt(pivot);
    a[rowJ + j] = root;
    for (let i = j + 1; i < p; i++) {
      const rowI = i * p;
      let s = a[rowI + j] as number;
      for (let k = 0; k < j; k++) s -= (a[rowI + k] as number) * (a[rowJ + k] as number);
      a[rowI + j] = s / root;
    }
  }
  return dropped;
}

/** Solves L L' x = b in place of b; dropped columns get 0. */
export function choleskySolve(l: Float64Array, p: number, b: Float64Array): void {
  forwardSolve(l, p, b);
  for (let i = p - 1; i >= 0; i--) {
    const d = l[i * p + i] as number;
    if (d === 0) {
      b[i] = 0;
      continue;
    }
    let s = b[i] as number;
    for (let k = i + 1; k < p; k++) s -= (l[k * p + i] as number) * (b[k] as number);
    b[i] = s / d;
  }
}

/** Solves L z = b in place of b; |z|^2 is then b' (L L')^-1 b. */
export function forwardSolve(l: Float64Array, p: number, b: Float64Array): void {
  for (let i = 0; i < p; i++) {
    const row = i * p;
    const d = l[row + i] as number;
    if (d === 0) {
      b[i] = 0;
      continue;
    }
    let s = b[i] as number;
    for (let k = 0; k < i; k++) s -= (l[row + k] as number) * (b[k] as number);
    b[i] = s / d;
  }
}

/** Inverse of L L' as a new row-major p x p matrix; rows and columns of dropped variables are zero. */
export function choleskyInverse(l: Float64Array, p: number): Float64Array {
  const inverse = new Float64Array(p * p);
  const column = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    if (l[j * p + j] === 0) continue;
    column.fill(0);
    column[j] = 1;
    choleskySolve(l, p, column);
    for (let i = 0; i < p; i++) inverse[i * p + j] = column[i] as number;
  }
  return inverse;
}
