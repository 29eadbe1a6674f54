import { FEATURES } from "./features.ts";
import { logistic } from "./logistic.ts";

const RIDGE = { intercept: 0.1, others: 10 };
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
  /** Intercept, features, levels of days before. */
  readonly weights: readonly number[];
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
const COLUMNS = 1 + FEATURES.length;

/** Whether a model kept as text is one of this kind: it may be of another version of the code. */
export const isRiskModel = ({ center, weights }: RiskModel): boolean =>
  center.length === FEATURES.length && weights.length === COLUMNS + LEVEL_COUNT;

/**
 * A logistic regression on standardised features. They come of hazards that know lanes, merchants and the last days
 * already: boosted trees on top of them followed the drift of loads and found nothing that lasted.
 * @param before  the model before this one: where the search begins, no more
 */
export function learnRisk(examples: readonly Example[], learnedTo: number, before?: RiskModel): RiskModel {
  const n = examples.length;
  const { center, spread } = scalesOf(examples);
  const x = new Float64Array(n * COLUMNS).fill(1);
  const [y, weight, level] = [new Float64Array(n), new Float64Array(n), new Uint8Array(n)];
  let late = 0;
  for (let i = 0; i < n; i++) {
    const example = examples[i] as Example;
    for (let f = 0; f < FEATURES.length; f++)
      x[i * COLUMNS + 1 + f] = standard(example.x[f] as number, center[f] as number, spread[f] as number);
    y[i] = example.y;
    weight[i] = example.weight;
    level[i] = levelOf(example.x[DAYS] as number);
    late += example.y * example.weight;
  }
  const ridge = new Float64Array(COLUMNS + LEVEL_COUNT).fill(RIDGE.others);
  ridge[0] = RIDGE.intercept;
  const weights = logistic({ x, columns: COLUMNS, level, levels: LEVEL_COUNT }, y, weight, ridge, before?.weights);
  return { learnedTo, rows: n, late: Math.round(late), center, spread, weights: [...weights] };
}

/** Mean and standard deviation of each feature where it is known. */
function scalesOf(examples: readonly Example[]): { center: number[]; spread: number[] } {
  const width = FEATURES.length;
  const [count, sum, squares] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  for (const { x } of examples) {
    for (let f = 0; f < width; f++) {
      const v = x[f] as number;
      if (Number.isNaN(v)) continue;
      count[f] = (count[f] as number) + 1;
      sum[f] = (sum[f] as number) + v;
    }
  }
  const center = [...sum].map((total, f) => total / Math.max(1, count[f] as number));
  for (const { x } of examples) {
    for (let f = 0; f < width; f++) {
      const apart = (x[f] as number) - (center[f] as number);
      if (!Number.isNaN(apart)) squares[f] = (squares[f] as number) + apart * apart;
    }
  }
  return { center, spread: [...squares].map((total, f) => Math.sqrt(total / Math.max(1, count[f] as number)) || 1) };
}

/** What is not known counts as the mean. */
function standard(v: number, center: number, spread: number): number {
  const z = (v - center) / spread;
  return Number.isNaN(z) ? 0 : Math.max(-REACH, Math.min(REACH, z));
}

/** Log-odds a feature adds to what an average order has. */
const shareOf = ({ center, spread, weights }: RiskModel, x: Float64Array, f: number): number =>
  standard(x[f] as number, center[f] as number, spread[f] as number) * (weights[1 + f] as number);

/** Log-odds of a miss, before calibration. */
export function logOdds(model: RiskModel, x: Float64Array): number {
  let sum = (model.weights[0] as number) + (model.weights[COLUMNS + levelOf(x[DAYS] as number)] as number);
  for (let f = 0; f < FEATURES.length; f++) sum += shareOf(model, x, f);
  return sum;
}

export interface Share {
  readonly feature: string;
  /** Log-odds it adds to what an average order would have. */
  readonly share: number;
}

/** What a risk is made of: the largest shares first, of equal ones by name. */
export function sharesOf(model: RiskModel, x: Float64Array, count: number): Share[] {
  const shares = FEATURES.map((_, f) => Math.round(shareOf(model, x, f) * 1000) / 1000);
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
