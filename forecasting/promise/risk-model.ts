import { seededRandom } from "../math/random.ts";
import { BOOST, type BoostOptions, boost, climb, type Tree } from "./boost.ts";
import { FEATURES, LINEAR } from "./features.ts";
import { dot, logistic } from "./logistic.ts";

/** Trees correct what the linear part misses, no more: few, shallow and slow. */
export const TREES: BoostOptions = {
  ...BOOST,
  trees: 60,
  depth: 3,
  rate: 0.05,
  ridge: 20,
  minHessian: 10,
  columns: 0.3,
};
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

export function learnRisk(examples: readonly Example[], learnedTo: number): RiskModel {
  const center: number[] = [];
  const spread: number[] = [];
  for (let f = 0; f < LINEAR; f++) {
    const values = examples.map(({ x }) => x[f] as number);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    center.push(mean);
    spread.push(Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) || 1);
  }
  const rows = examples.map(({ x }) => linearRow(x, center, spread));
  const y = Float64Array.from(examples, (example) => example.y);
  const weight = Float64Array.from(examples, (example) => example.weight);
  const width = 1 + LINEAR + LEVEL_COUNT;
  const ridge = Float64Array.from({ length: width }, (_, i) => (i === 0 ? 0.1 : RIDGE));
  const weights = logistic(rows, y, weight, ridge);
  const offset = Float64Array.from(rows, (row) => dot(row, weights));
  const x = FEATURES.map((_, f) => Float64Array.from(examples, (example) => example.x[f] as number));
  const trees = boost({ x, y, weight, offset }, TREES, seededRandom(7));
  const late = Math.round(examples.reduce((n, example) => n + example.y * example.weight, 0));
  return { learnedTo, rows: examples.length, late, center, spread, weights: [...weights], trees };
}

function linearRow(x: Float64Array, center: readonly number[], spread: readonly number[]): Float64Array {
  const row = new Float64Array(1 + LINEAR + LEVEL_COUNT);
  row[0] = 1;
  for (let f = 0; f < LINEAR; f++) {
    const z = ((x[f] as number) - (center[f] as number)) / (spread[f] as number);
    row[1 + f] = Number.isNaN(z) ? 0 : Math.max(-REACH, Math.min(REACH, z));
  }
  row[1 + LINEAR + levelOf(x[DAYS] as number)] = 1;
  return row;
}

/** Log-odds of a miss, before calibration. */
export function logOdds(model: RiskModel, x: Float64Array): number {
  return dot(linearRow(x, model.center, model.spread), model.weights) + climb(model.trees, x);
}

export interface Share {
  readonly feature: string;
  /** Log-odds it adds to what an average order would have. */
  readonly share: number;
}

/** What a risk is made of: the largest shares first. */
export function sharesOf(model: RiskModel, x: Float64Array, count: number): Share[] {
  const shares = new Float64Array(FEATURES.length);
  climb(model.trees, x, shares);
  const row = linearRow(x, model.center, model.spread);
  for (let f = 0; f < LINEAR; f++)
    shares[f] = (shares[f] as number) + (row[1 + f] as number) * (model.weights[1 + f] as number);
  return [...shares]
    .map((share, f) => ({ feature: FEATURES[f] as string, share: Math.round(share * 1000) / 1000 }))
    .sort((a, b) => Math.abs(b.share) - Math.abs(a.share) || (a.feature < b.feature ? -1 : 1))
    .slice(0, count);
}
