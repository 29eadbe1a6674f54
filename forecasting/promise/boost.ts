import { type Bins, binsOf } from "./bins.ts";
import { sigmoid } from "./logistic.ts";

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

/**
 * Fits trees to what the offset leaves unexplained.
 * @param random  uniform numbers in [0, 1), choosing columns; the same sequence gives the same trees
 * @see Friedman (2001), Greedy function approximation; Chen & Guestrin (2016), XGBoost (second-order gain)
 */
export function boost(table: Table, options: BoostOptions, random: () => number): Tree[] {
  const { y, weight } = table;
  const n = y.length;
  const columns = table.x.map((column) => binsOf(column, options.bins));
  const score = Float64Array.from(table.offset);
  /** Gradient and Hessian of each row, side by side. */
  const slopes = new Float64Array(2 * n);
  const everything = new Int32Array(n);
  for (let i = 0; i < n; i++) everything[i] = i;
  const trees: Tree[] = [];
  for (let t = 0; t < options.trees; t++) {
    for (let i = 0; i < n; i++) {
      const p = sigmoid(score[i] as number);
      const w = weight[i] as number;
      slopes[2 * i] = w * ((y[i] as number) - p);
      slopes[2 * i + 1] = w * Math.max(1e-6, p * (1 - p));
    }
    const chosen: number[] = [];
    for (let f = 0; f < columns.length; f++) if (random() < options.columns) chosen.push(f);
    trees.push(grow(columns, slopes, score, everything, chosen, options));
  }
  return trees;
}

/** A node that may be cut: its rows, and their sums by bin of each chosen column. */
interface Growing {
  readonly node: number;
  readonly rows: Int32Array;
  readonly sums: Float64Array;
  readonly g: number;
  readonly h: number;
}

/** Grows one tree and adds its values to the score. */
function grow(
  columns: readonly Bins[],
  slopes: Float64Array,
  score: Float64Array,
  everything: Int32Array,
  chosen: readonly number[],
  options: BoostOptions,
): Tree {
  const { depth, rate, ridge, bins } = options;
  const size = 2 ** (depth + 1) - 1;
  const feature = new Array<number>(size).fill(-1);
  const threshold = new Array<number>(size).fill(0);
  const value = new Array<number>(size).fill(0);
  const width = 2 * (bins + 1);
  const sumsOf = (rows: Int32Array) => histogram(columns, slopes, chosen, rows, width);
  const growing: Growing[] = [{ node: 0, rows: everything, sums: sumsOf(everything), ...totalOf(slopes) }];
  const end = ({ node, rows }: Pick<Growing, "node" | "rows">) => {
    const more = value[node] as number;
    for (let j = 0; j < rows.length; j++) {
      const i = rows[j] as number;
      score[i] = (score[i] as number) + more;
    }
  };
  for (let next = growing.pop(); next; next = growing.pop()) {
    const { node, rows, sums, g, h } = next;
    value[node] = (rate * g) / (h + ridge);
    const cut = bestCut(columns, chosen, next, width, options);
    if (!cut) {
      end(next);
      continue;
    }
    const { edges, bin } = columns[cut.feature] as Bins;
    feature[node] = cut.feature;
    // Bin 0 holds the unknown: cutting after it parts known from unknown.
    threshold[node] = cut.bin === 0 ? Number.MIN_SAFE_INTEGER : (edges[cut.bin - 1] as number);
    const [left, right] = part(rows, bin, cut.bin);
    const [l, r] = [2 * node + 1, 2 * node + 2];
    const rest = { g: g - cut.g, h: h - cut.h };
    if (r >= 2 ** depth - 1) {
      value[l] = (rate * cut.g) / (cut.h + ridge);
      value[r] = (rate * rest.g) / (rest.h + ridge);
      end({ node: l, rows: left });
      end({ node: r, rows: right });
      continue;
    }
    // Only the smaller part is counted; the larger is what remains.
    const small = sumsOf(left.length < right.length ? left : right);
    for (let k = 0; k < sums.length; k++) sums[k] = (sums[k] as number) - (small[k] as number);
    const [leftSums, rightSums] = left.length < right.length ? [small, sums] : [sums, small];
    growing.push({ node: r, rows: right, sums: rightSums, ...rest });
    growing.push({ node: l, rows: left, sums: leftSums, g: cut.g, h: cut.h });
  }
  return { feature, threshold, value };
}

function histogram(
  columns: readonly Bins[],
  slopes: Float64Array,
  chosen: readonly number[],
  rows: Int32Array,
  width: number,
): Float64Array {
  const sums = new Float64Array(chosen.length * width);
  const n = rows.length;
  for (let c = 0; c < chosen.length; c++) {
    const { bin } = columns[chosen[c] as number] as Bins;
    const start = c * width;
    for (let j = 0; j < n; j++) {
      const i = rows[j] as number;
      const at = start + 2 * (bin[i] as number);
      sums[at] = (sums[at] as number) + (slopes[2 * i] as number);
      sums[at + 1] = (sums[at + 1] as number) + (slopes[2 * i + 1] as number);
    }
  }
  return sums;
}

function totalOf(slopes: Float64Array): { g: number; h: number } {
  let [g, h] = [0, 0];
  for (let i = 0; i < slopes.length; i += 2) {
    g += slopes[i] as number;
    h += slopes[i + 1] as number;
  }
  return { g, h };
}

interface Cut {
  readonly feature: number;
  /** Rows up to this bin go left; their sums. */
  readonly bin: number;
  readonly g: number;
  readonly h: number;
}

function bestCut(
  columns: readonly Bins[],
  chosen: readonly number[],
  { sums, g, h }: Growing,
  width: number,
  { ridge, minHessian }: BoostOptions,
): Cut | undefined {
  const whole = (g * g) / (h + ridge);
  let best = 1e-9;
  let cut: Cut | undefined;
  for (let c = 0; c < chosen.length; c++) {
    const f = chosen[c] as number;
    const last = (columns[f] as Bins).edges.length;
    let [left, leftH] = [0, 0];
    for (let b = 0; b <= last; b++) {
      left += sums[c * width + 2 * b] as number;
      leftH += sums[c * width + 2 * b + 1] as number;
      if (leftH < minHessian) continue;
      if (h - leftH < minHessian) break;
      const right = g - left;
      const gain = (left * left) / (leftH + ridge) + (right * right) / (h - leftH + ridge) - whole;
      if (gain <= best) continue;
      best = gain;
      cut = { feature: f, bin: b, g: left, h: leftH };
    }
  }
  return cut;
}

/** Rows up to a bin, and the others, in their order. */
function part(rows: Int32Array, bin: Uint8Array, last: number): [Int32Array, Int32Array] {
  const [left, right] = [new Int32Array(rows.length), new Int32Array(rows.length)];
  let [l, r] = [0, 0];
  for (let j = 0; j < rows.length; j++) {
    const i = rows[j] as number;
    if ((bin[i] as number) <= last) left[l++] = i;
    else right[r++] = i;
  }
  return [left.subarray(0, l), right.subarray(0, r)];
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
