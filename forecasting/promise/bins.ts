/** A column cut into bins at its quantiles. */
export interface Bins {
  /** Upper edges of all bins but the last, ascending. */
  readonly edges: Float64Array;
  /** Of each row: 0 is for the unknown, b > 0 holds (edge[b-2], edge[b-1]]. */
  readonly bin: Uint8Array;
}

/** Quantiles are taken of at most about so many rows, evenly spread: edges need not be exact. */
const SAMPLE = 2048;

/** @param count  bins at most, those of the unknown included, 3 to 255 */
export function binsOf(column: Float64Array, count: number): Bins {
  const edges = edgesOf(column, count);
  const bin = new Uint8Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const v = column[i] as number;
    if (Number.isNaN(v)) continue;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (v <= (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    bin[i] = low + 1;
  }
  return { edges, bin };
}

function edgesOf(column: Float64Array, count: number): Float64Array {
  const step = Math.max(1, Math.floor(column.length / SAMPLE));
  const known = new Float64Array(Math.ceil(column.length / step));
  let n = 0;
  for (let i = 0; i < column.length; i += step) {
    const v = column[i] as number;
    if (!Number.isNaN(v)) known[n++] = v;
  }
  const sorted = known.subarray(0, n).sort();
  const edges: number[] = [];
  for (let b = 1; b < count - 1; b++) {
    const edge = sorted[Math.floor((n * b) / (count - 1))];
    if (edge !== undefined && edge > (edges.at(-1) ?? Number.NEGATIVE_INFINITY) && edge < (sorted[n - 1] as number))
      edges.push(edge);
  }
  return Float64Array.from(edges);
}
