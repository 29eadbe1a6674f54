import { lookUpTail, type TailTable } from "./count-tail.ts";
import { type Mixture, sd, withExtra } from "./evidence.ts";
import { boundedExp, pointBelow, type Table } from "./ratio-table.ts";
import { negativeBinomialCount, type Random } from "./sampling.ts";

/** Pasts that might have been, when nothing happens: what they leave for this step's count to decide. */
export type Pasts = {
  readonly mixture: Mixture;
  readonly node: Uint8Array;
  readonly weight: Float64Array;
  /**
   * [(past * nodes + node) * heights + height]: mixture over lengths of the past's likelihood ratio, times what the past leaves of
   * the node, over all nodes and heights.
   */
  readonly ratio: Float64Array;
};

/** Share of the pasts drawn from the null itself, which bounds the weights. */
const NULL_SHARE = 0.5;

/**
 * Draws the counts of the steps before this one: half as the null has them, half as outbreaks begun earlier do, weighed back
 * to the null. @see Siegmund (1976), Annals of Statistics 4, for importance sampling of likelihood ratios
 */
export function drawPasts(m: Mixture, draws: number, random: Random): Pasts {
  const { lags, nodes } = m;
  const { lengths, lengthPriors, heights } = m.alternatives;
  const longer = lengths.map((d, i) => (d > 1 ? (lengthPriors[i] as number) : 0));
  const nodeWeights = nodes.map((n) => n.weight);
  const begun = longer.reduce((a, b) => a + b, 0);
  const share = begun > 0 ? NULL_SHARE : 1;
  const pasts = blankPasts(m, draws);
  const sums = blankSums(m);
  const counts = new Float64Array(lags);
  for (let d = 0; d < draws; d++) {
    // Strata over null and height; length and node at random.
    const u = (d + random()) / draws;
    const v = (u - share) / (1 - share);
    const h = u < share ? 0 : Math.min(heights.length - 1, Math.floor(v * heights.length));
    const length = u < share ? 0 : (lengths[pick(longer, random() * begun)] as number);
    const q = pick(nodeWeights, random());
    pasts.node[d] = q;
    for (let i = 1; i < lags; i++) {
      const law = i < length ? begunLaw(m, q, i, heights[h] as number) : m.laws[i * nodes.length + q];
      counts[i] = law ? negativeBinomialCount(random, law.mean, law.size) : 0;
    }
    addUp(m, counts, sums);
    let outbreak = 0;
    for (let k = q * heights.length; k < (q + 1) * heights.length; k++) {
      outbreak += (sums.ratios[k] as number) - shortOnly(m);
    }
    keep(pasts, d, sums);
    outbreak = begun > 0 ? outbreak / heights.length / begun : 0;
    pasts.weight[d] = 1 / (share + (1 - share) * outbreak);
  }
  return pasts;
}

/** The past of counts[1..lags), this step's own left out, as a single one of weight one. */
export function pastOf(m: Mixture, counts: Float64Array): Pasts {
  const pasts = blankPasts(m, 1);
  pasts.weight.fill(1);
  const sums = blankSums(m);
  addUp(m, counts, sums);
  keep(pasts, 0, sums);
  return pasts;
}

/**
 * Likelihood ratio of the whole window, this step's count being y. What the errors of the estimates may be is judged by
 * the past alone, so it never falls with y.
 */
export function ratioAt({ mixture: m, ratio }: Pasts, past: number, y: number): number {
  const table = m.tables[0] as Table;
  const { gains, factors, origin, stride } = table;
  const wide = table.outbreaks.length;
  const j = pointBelow(table, y);
  const part = (y - origin) / stride - j;
  const at = j * wide;
  let sum = 0;
  if (factors && part === 0) {
    for (let k = 0; k < wide; k++) sum += (ratio[past * wide + k] as number) * (factors[at + k] as number);
    return sum;
  }
  for (let k = 0; k < wide; k++) {
    const low = gains[at + k] as number;
    const gain = part === 0 ? low : low + part * ((gains[at + wide + k] as number) - low);
    sum += (ratio[past * wide + k] as number) * boundedExp(gain);
  }
  return sum;
}

const TIE = 1e-9;

/**
 * Chance under the null of evidence as strong: for each past, the exact tail of this step's count. Half of a tie counts
 * (mid-p), which keeps low counts honest on average.
 */
export function tailOf(pasts: Pasts, tails: readonly TailTable[], evidence: number): number {
  const { mixture: m, node, weight } = pasts;
  const least = Math.exp(evidence - TIE);
  const most = Math.exp(evidence + TIE);
  let total = 0;
  let sum = 0;
  let guess = Math.ceil(m.null.means[0] as number) + 1;
  for (let d = 0; d < weight.length; d++) {
    const y = leastCount(pasts, d, least, guess);
    if (y > 0 && y < Number.POSITIVE_INFINITY) guess = y;
    const table = tails[node[d] as number] as TailTable;
    const atLeast = lookUpTail(table, y);
    const tied = ratioAt(pasts, d, y) < most;
    total += weight[d] as number;
    sum += (weight[d] as number) * (tied ? (lookUpTail(table, y + 1) + atLeast) / 2 : atLeast);
  }
  return Math.min(1, sum / total);
}

/** Evidence passed with chance p under the null, by regula falsi on the log of the tail. */
export function evidenceOf(pasts: Pasts, tails: readonly TailTable[], p: number): number {
  const target = Math.log(p);
  const f = (e: number): number => Math.log(Math.max(1e-300, tailOf(pasts, tails, e))) - target;
  let low = 0;
  let atLow = f(low);
  if (atLow <= 0) return low;
  let high = -target;
  let atHigh = f(high);
  for (let round = 0; round < 6; round++) {
    if (atHigh > 0) return high;
    const middle = low + ((high - low) * atLow) / (atLow - atHigh);
    const value = f(middle);
    if (Math.abs(value) < 0.05) return middle;
    if (value > 0) [low, atLow] = [middle, value];
    else [high, atHigh] = [middle, value];
  }
  return high;
}

/** Least count of this step with a likelihood ratio of `limit` or more; Infinity if no count reaches it. */
export function leastCount(pasts: Pasts, past: number, limit: number, guess: number): number {
  let low = -1;
  let high = guess;
  if (ratioAt(pasts, past, high) >= limit) {
    for (let step = 1; high > 0; step *= 2) {
      const next = Math.max(0, high - step);
      if (ratioAt(pasts, past, next) < limit) {
        low = next;
        break;
      }
      high = next;
    }
    if (high === 0) return 0;
  } else {
    for (let step = 1; ratioAt(pasts, past, high) < limit; step *= 2) {
      low = high;
      high += step;
      if (high > Number.MAX_SAFE_INTEGER) return Number.POSITIVE_INFINITY;
    }
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (ratioAt(pasts, past, middle) >= limit) high = middle;
    else low = middle;
  }
  return high;
}

function blankPasts(m: Mixture, draws: number): Pasts {
  return {
    mixture: m,
    node: new Uint8Array(draws),
    weight: new Float64Array(draws),
    ratio: new Float64Array(draws * m.nodes.length * m.alternatives.heights.length),
  };
}

/** What one past leaves: log of each node over the first, log of each outbreak over its node, and that summed over lengths. */
type Sums = { readonly shifts: Float64Array; readonly gains: Float64Array; readonly ratios: Float64Array };

function blankSums({ nodes, alternatives: { heights } }: Mixture): Sums {
  const wide = nodes.length * heights.length;
  return {
    shifts: new Float64Array(nodes.length),
    gains: new Float64Array(wide),
    ratios: new Float64Array(wide),
  };
}

function addUp(m: Mixture, counts: Float64Array, { shifts, gains, ratios }: Sums): void {
  const { lengths, lengthPriors } = m.alternatives;
  shifts.fill(0);
  gains.fill(0);
  ratios.fill(0);
  let i = 1;
  for (let d = 0; d < lengths.length; d++) {
    for (const end = lengths[d] as number; i < end; i++) {
      const table = m.tables[i] as Table;
      if (table.size > 0) add(table, counts[i] as number, shifts, gains);
    }
    const prior = lengthPriors[d] as number;
    for (let k = 0; k < gains.length; k++) ratios[k] = (ratios[k] as number) + prior * boundedExp(gains[k] as number);
  }
}

/** A table's values at a count, interpolated; its end slopes go on. */
function add(table: Table, y: number, shifts: Float64Array, gains: Float64Array): void {
  const j = pointBelow(table, y);
  const part = (y - table.origin) / table.stride - j;
  interpolate(table.shifts, j, part, shifts);
  interpolate(table.gains, j, part, gains);
}

function interpolate(values: Float64Array, j: number, part: number, sums: Float64Array): void {
  const wide = sums.length;
  const at = j * wide;
  for (let k = 0; k < wide; k++) {
    const low = values[at + k] as number;
    const value = part === 0 ? low : low + part * ((values[at + wide + k] as number) - low);
    sums[k] = (sums[k] as number) + value;
  }
}

function keep({ mixture: m, ratio }: Pasts, past: number, { shifts, ratios }: Sums): void {
  const heights = m.alternatives.heights.length;
  const most = shifts.reduce((a, b) => Math.max(a, b), 0);
  const left = m.nodes.map(({ weight }, q) => weight * Math.exp((shifts[q] as number) - most));
  const all = left.reduce((a, b) => a + b, 0) * heights;
  for (let k = 0; k < ratios.length; k++) {
    ratio[past * ratios.length + k] = ((ratios[k] as number) * (left[Math.floor(k / heights)] as number)) / all;
  }
}

/** Prior of outbreaks that begin with this step. */
function shortOnly({ alternatives: { lengths, lengthPriors } }: Mixture): number {
  return lengths[0] === 1 ? (lengthPriors[0] as number) : 0;
}

/** Law of a count a lag ago of an outbreak begun before it. */
function begunLaw(m: Mixture, q: number, lag: number, height: number) {
  const law = m.laws[lag * m.nodes.length + q];
  return law && withExtra(law.mean, (m.nodes[q] as { phi: number }).phi, height * sd(m.null, lag));
}

function pick(weights: readonly number[], u: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length - 1; i++) {
    sum += weights[i] as number;
    if (u < sum) return i;
  }
  return weights.length - 1;
}
