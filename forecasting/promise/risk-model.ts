import { seededRandom } from "../math/random.ts";
import { type BoostOptions, boost, climb, type Tree } from "./boost.ts";
import { FEATURES, LINEAR } from "./features.ts";
import { logistic } from "./logistic.ts";

/** Trees correct what the linear part misses, no more: few, shallow and slow. */
const TREES: BoostOptions = { trees: 60, depth: 3, rate: 0.05, ridge: 20, minHessian: 10, bins: 32, columns: 0.3 };
const RIDGE = 10;
/** Days before the promise at which a new level of the risk begins. */
const LEVELS = [0.75, 1.5, 2.5, 4, 6, 8.5];
const DAYS = FEATURES.indexOf("days before");
/** Standardised values further out count as this. */
const REACH = 4;

/** Everything a risk was computed with; plain numbers, so that it can be kept and used again. */
export interface RiskModel {
  /** Only what was known before is in it, ms. */
  readonly learnedTo: number;
  readonly rows: number;
  readonly late: number;
  readonly center: readonly number[];
  readonly spread: readonly number[];
  /** Intercept, linear features, levels of days before. */
  readonly weights: readonly number[];
  readonly trees: readonly Tree[];
}

export interface Example {
  readonly x: Float64Array;
  /** 1 when the promise was missed. */
  readonly y: number;
  readonly weight: number;
}

export const levelOf = (days: number): number => {
  const level = LEVELS.findIndex((edge) => days < edge);
  return level < 0 ? LEVELS.length : level;
};
export const LEVEL_COUNT = LEVELS.length + 1;
const COLUMNS = 1 + LINEAR;

/** @param before  the model before this one: where the search begins, no more */
export function learnRisk(examples: readonly Example[], learnedTo: number, before?: RiskModel): RiskModel {
  const n = examples.length;
  const columns = FEATURES.map(() => new Float64Array(n));
  const [y, weight, level] = [new Float64Array(n), new Float64Array(n), new Uint8Array(n)];
  let late = 0;
  for (let i = 0; i < n; i++) {
    const { x, y: missed, weight: counts } = examples[i] as Example;
    for (let f = 0; f < x.length; f++) (columns[f] as Float64Array)[i] = x[f] as number;
    y[i] = missed;
    weight[i] = counts;
    level[i] = levelOf(x[DAYS] as number);
    late += missed * counts;
  }
  const scales = columns.slice(0, LINEAR).map(scaleOf);
  const [center, spread] = [scales.map((scale) => scale.center), scales.map((scale) => scale.spread)];
  const x = new Float64Array(n * COLUMNS).fill(1);
  for (let f = 0; f < LINEAR; f++) {
    const column = columns[f] as Float64Array;
    for (let i = 0; i < n; i++)
      x[i * COLUMNS + 1 + f] = standard(column[i] as number, center[f] as number, spread[f] as number);
  }
  const ridge = new Float64Array(COLUMNS + LEVEL_COUNT).fill(RIDGE);
  ridge[0] = 0.1;
  const weights = logistic({ x, columns: COLUMNS, level, levels: LEVEL_COUNT }, y, weight, ridge, before?.weights);
  const offset = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let sum = weights[COLUMNS + (level[i] as number)] as number;
    for (let f = 0; f < COLUMNS; f++) sum += (x[i * COLUMNS + f] as number) * (weights[f] as number);
    offset[i] = sum;
  }
  const trees = boost({ x: columns, y, weight, offset }, TREES, seededRandom(7));
  return { learnedTo, rows: n, late: Math.round(late), center, spread, weights: [...weights], trees };
}

function scaleOf(column: Float64Array): { center: number; spread: number } {
  let sum = 0;
  for (const v of column) sum += v;
  const center = sum / column.length;
  let squares = 0;
  for (const v of column) squares += (v - center) ** 2;
  return { center, spread: Math.sqrt(squares / column.length) || 1 };
}

function standard(v: number, center: number, spread: number): number {
  const z = (v - center) / spread;
  return Number.isNaN(z) ? 0 : Math.max(-REACH, Math.min(REACH, z));
}

/** Log-odds a linear feature adds. */
const linear = ({ center, spread, weights }: RiskModel, x: Float64Array, f: number): number =>
  standard(x[f] as number, center[f] as number, spread[f] as number) * (weights[1 + f] as number);

/** Log-odds of a miss, before calibration. */
export function logOdds(model: RiskModel, x: Float64Array): number {
  let sum = (model.weights[0] as number) + (model.weights[COLUMNS + levelOf(x[DAYS] as number)] as number);
  for (let f = 0; f < LINEAR; f++) sum += linear(model, x, f);
  return sum + climb(model.trees, x);
}

export interface Share {
  readonly feature: string;
  /** Log-odds it adds to what an average order would have. */
  readonly share: number;
}

/** What a risk is made of: the largest shares first, of equal ones by name. */
export function sharesOf(model: RiskModel, x: Float64Array, count: number): Share[] {
  const shares = new Float64Array(FEATURES.length);
  climb(model.trees, x, shares);
  for (let f = 0; f < LINEAR; f++) shares[f] = (shares[f] as number) + linear(model, x, f);
  for (let f = 0; f < shares.length; f++) shares[f] = Math.round((shares[f] as number) * 1000) / 1000;
  const before = (a: number, b: number) => {
    const more = Math.abs(shares[a] as number) - Math.abs(shares[b] as number);
    return more > 0 || (more === 0 && (FEATURES[a] as string) < (FEATURES[b] as string));
  };
  const largest: number[] = [];
  for (let f = 0; f < shares.length; f++) {
    let i = largest.length;
    while (i > 0 && before(f, largest[i - 1] as number)) i--;
    if (i >= count) continue;
    largest.splice(i, 0, f);
    if (largest.length > count) largest.pop();
  }
  return largest.map((f) => ({ feature: FEATURES[f] as string, share: shares[f] as number }));
}
