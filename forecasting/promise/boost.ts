/** Gradient boosted trees for a probability: histograms over quantile bins, logistic loss, an offset per row. */
export interface BoostOptions {
  readonly trees: number;
  readonly depth: number;
  /** Shrinkage of every tree. */
  readonly rate: number;
  /** Ridge on leaf values, in units of the Hessian (a row at 50 % has 0.25). */
  readonly ridge: number;
  /** Smallest Hessian of a leaf. */
  readonly minHessian: number;
  readonly bins: number;
  /** Share of the columns a tree may use, (0, 1]. */
  readonly columns: number;
}

export const BOOST: BoostOptions = {
  trees: 120,
  depth: 4,
  rate: 0.06,
  ridge: 8,
  minHessian: 4,
  bins: 32,
  columns: 0.5,
};

/** A full binary tree in heap order: node i has children 2i+1 and 2i+2. `feature` is -1 in a leaf. */
export interface Tree {
  readonly feature: readonly number[];
  /** Rows with x <= threshold, and those with no value, go left. */
  readonly threshold: readonly number[];
  /** Additive log-odds a row in this node would get; inner nodes keep theirs to explain the way down. */
  readonly value: readonly number[];
}

export interface Table {
  /** Feature-major values, length columns x rows; NaN where unknown. */
  readonly x: readonly Float64Array[];
  /** 0 or 1. */
  readonly y: Float64Array;
  readonly weight: Float64Array;
  /** Log-odds known before the first tree. */
  readonly offset: Float64Array;
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/**
 * Fits trees to what the offset leaves unexplained.
 * @param random  uniform numbers in [0, 1), choosing columns; the same sequence gives the same trees
 * @see Friedman (2001), Greedy function approximation; Chen & Guestrin (2016), XGBoost (second-order gain)
 */
export function boost(table: Table, options: BoostOptions, random: () => number): Tree[] {
  const n = table.y.length;
  const columns = table.x.length;
  const edges = table.x.map((column) => binEdges(column, options.bins));
  const binned = table.x.map((column, f) => toBins(column, edges[f] as Float64Array));
  const score = Float64Array.from(table.offset);
  const [gradient, hessian] = [new Float64Array(n), new Float64Array(n)];
  const trees: Tree[] = [];
  for (let t = 0; t < options.trees; t++) {
    for (let i = 0; i < n; i++) {
      const p = sigmoid(score[i] as number);
      const w = table.weight[i] as number;
      gradient[i] = w * ((table.y[i] as number) - p);
      hessian[i] = w * Math.max(1e-6, p * (1 - p));
    }
    const chosen: number[] = [];
    for (let f = 0; f < columns; f++) if (random() < options.columns) chosen.push(f);
    const { tree, node } = grow(binned, edges, gradient, hessian, chosen, options);
    for (let i = 0; i < n; i++) score[i] = (score[i] as number) + (tree.value[node[i] as number] as number);
    trees.push(tree);
  }
  return trees;
}

function grow(
  binned: readonly Uint8Array[],
  edges: readonly Float64Array[],
  gradient: Float64Array,
  hessian: Float64Array,
  chosen: readonly number[],
  { depth, rate, ridge, minHessian, bins }: BoostOptions,
): { tree: Tree; node: Int32Array } {
  const n = gradient.length;
  const size = 2 ** (depth + 1) - 1;
  const [feature, threshold, value] = [
    new Array<number>(size).fill(-1),
    new Array<number>(size).fill(0),
    new Array<number>(size).fill(0),
  ];
  const node = new Int32Array(n);
  const width = bins + 1;
  for (let level = 0; level <= depth; level++) {
    const first = 2 ** level - 1;
    const count = 2 ** level;
    const [sumG, sumH] = [new Float64Array(count), new Float64Array(count)];
    for (let i = 0; i < n; i++) {
      const k = (node[i] as number) - first;
      if (k < 0) continue;
      sumG[k] = (sumG[k] as number) + (gradient[i] as number);
      sumH[k] = (sumH[k] as number) + (hessian[i] as number);
    }
    for (let k = 0; k < count; k++) value[first + k] = (rate * (sumG[k] as number)) / ((sumH[k] as number) + ridge);
    if (level === depth) break;
    const best = new Float64Array(count).fill(1e-9);
    const [g, h] = [new Float64Array(count * width), new Float64Array(count * width)];
    const cut = new Int32Array(count);
    for (const f of chosen) {
      g.fill(0);
      h.fill(0);
      const column = binned[f] as Uint8Array;
      for (let i = 0; i < n; i++) {
        const k = (node[i] as number) - first;
        if (k < 0) continue;
        const at = k * width + (column[i] as number);
        g[at] = (g[at] as number) + (gradient[i] as number);
        h[at] = (h[at] as number) + (hessian[i] as number);
      }
      for (let k = 0; k < count; k++) {
        const [G, H] = [sumG[k] as number, sumH[k] as number];
        const parent = (G * G) / (H + ridge);
        let [left, leftH] = [0, 0];
        for (let b = 0; b < (edges[f] as Float64Array).length + 1; b++) {
          left += g[k * width + b] as number;
          leftH += h[k * width + b] as number;
          if (leftH < minHessian) continue;
          if (H - leftH < minHessian) break;
          const right = G - left;
          const gain = (left * left) / (leftH + ridge) + (right * right) / (H - leftH + ridge) - parent;
          if (gain > (best[k] as number)) {
            best[k] = gain;
            feature[first + k] = f;
            cut[k] = b;
          }
        }
      }
    }
    for (let k = 0; k < count; k++) {
      const f = feature[first + k] as number;
      // Bin 0 holds the unknown: cutting after it parts known from unknown.
      if (f >= 0)
        threshold[first + k] =
          cut[k] === 0 ? Number.MIN_SAFE_INTEGER : ((edges[f] as Float64Array)[(cut[k] as number) - 1] as number);
    }
    for (let i = 0; i < n; i++) {
      const k = (node[i] as number) - first;
      if (k < 0) continue;
      const f = feature[first + k] as number;
      if (f < 0) continue;
      node[i] = 2 * (node[i] as number) + (((binned[f] as Uint8Array)[i] as number) <= (cut[k] as number) ? 1 : 2);
    }
  }
  return { tree: { feature, threshold, value }, node };
}

/** Upper edges of all bins but the last, ascending; bin 0 is for the unknown, bin b > 0 holds (edge[b-2], edge[b-1]]. */
function binEdges(column: Float64Array, bins: number): Float64Array {
  const known = column.filter((v) => !Number.isNaN(v)).sort();
  const edges: number[] = [];
  for (let b = 1; b < bins - 1; b++) {
    const edge = known[Math.floor((known.length * b) / (bins - 1))];
    if (edge !== undefined && edge > (edges.at(-1) ?? Number.NEGATIVE_INFINITY) && edge < (known.at(-1) as number))
      edges.push(edge);
  }
  return Float64Array.from(edges);
}

function toBins(column: Float64Array, edges: Float64Array): Uint8Array {
  return Uint8Array.from(column, (v) => {
    if (Number.isNaN(v)) return 0;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (v <= (edges[middle] as number)) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  });
}

/** The way of a row through the trees: log-odds to add, and each feature's share of it. */
export function climb(trees: readonly Tree[], row: ArrayLike<number>, shares?: Float64Array): number {
  let total = 0;
  for (const { feature, threshold, value } of trees) {
    let i = 0;
    for (let f = feature[0] as number; f >= 0; f = feature[i] as number) {
      const v = row[f] as number;
      const next = 2 * i + (Number.isNaN(v) || v <= (threshold[i] as number) ? 1 : 2);
      if (shares) shares[f] = (shares[f] as number) + (value[next] as number) - (value[i] as number);
      i = next;
    }
    total += value[i] as number;
  }
  return total;
}
