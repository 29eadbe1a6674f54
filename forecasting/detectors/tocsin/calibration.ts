import { negativeBinomialUpperTail } from "../../math/negative-binomial.ts";
import { poissonUpperTail } from "../../math/poisson.ts";
import { type Law, lookUp, type Mixture, type Node, sd, withExtra } from "./evidence.ts";
import { negativeBinomialCount, type Random } from "./sampling.ts";

/** Pasts that might have been, when nothing happens: what they leave for this step's count to decide. */
export type Pasts = {
  readonly mixture: Mixture;
  readonly node: Uint8Array;
  readonly weight: Float64Array;
  /** For each node: tails of this step's count from 0 up, as far as tabled. */
  readonly tails: readonly Float64Array[];
  /** For each past and node: log of its null over the first node's. */
  readonly shift: Float64Array;
  /** For each past, node and height: mixture over lengths of the past's likelihood ratio. */
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
  const pasts: Pasts = {
    mixture: m,
    node: new Uint8Array(draws),
    weight: new Float64Array(draws),
    tails: nodes.map((_, q) => tailTable(m, q)),
    shift: new Float64Array(draws * nodes.length),
    ratio: new Float64Array(draws * nodes.length * heights.length),
  };
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
      const law = lawAt(m, q, i, i < length ? (heights[h] as number) * sd(m.null, i) : 0);
      counts[i] = law ? negativeBinomialCount(random, law.mean, law.size) : 0;
    }
    fillPast(pasts, d, counts);
    let outbreak = 0;
    for (let k = 0; k < heights.length; k++) {
      const r = pasts.ratio[(d * nodes.length + q) * heights.length + k] as number;
      outbreak += r - shortOnly(m);
    }
    outbreak = begun > 0 ? outbreak / heights.length / begun : 0;
    pasts.weight[d] = 1 / (share + (1 - share) * outbreak);
  }
  return pasts;
}

/** The past of counts[1..lags), this step's own left out, as a single one of weight one. */
export function pastOf(m: Mixture, counts: Float64Array): Pasts {
  const pasts: Pasts = {
    mixture: m,
    node: new Uint8Array(1),
    weight: new Float64Array(1).fill(1),
    tails: [],
    shift: new Float64Array(m.nodes.length),
    ratio: new Float64Array(m.nodes.length * m.alternatives.heights.length),
  };
  fillPast(pasts, 0, counts);
  return pasts;
}

/**
 * log likelihood ratio of the whole window, this step's count being y. What the errors of the estimates may be is judged by
 * the past alone, so it never falls with y.
 */
export function evidenceAt({ mixture: m, shift, ratio }: Pasts, past: number, y: number): number {
  const heights = m.alternatives.heights.length;
  let none = 0;
  let some = 0;
  for (let q = 0; q < m.nodes.length; q++) {
    const at = past * m.nodes.length + q;
    const weight = (m.nodes[q] as Node).weight * (q === 0 ? 1 : Math.exp(shift[at] as number));
    let sum = 0;
    for (let h = 0; h < heights; h++) {
      const gain = lookUp(m, m.gains[q]?.[h] as Float64Array, 0, y);
      sum += (ratio[at * heights + h] as number) * Math.exp(Math.min(gain, 600));
    }
    none += weight;
    some += weight * sum;
  }
  return Math.log(some / none / heights);
}

const TIE = 1e-9;

/**
 * Chance under the null of evidence as strong: for each past, the exact tail of this step's count. Half of a tie counts
 * (mid-p), which keeps low counts honest on average.
 */
export function tailOf(pasts: Pasts, evidence: number): number {
  const { mixture: m, node, weight, tails } = pasts;
  let total = 0;
  let sum = 0;
  let guess = Math.ceil(m.null.means[0] as number) + 1;
  for (let d = 0; d < weight.length; d++) {
    const y = leastCount(pasts, d, evidence - TIE, guess);
    guess = Math.max(1, y);
    const q = node[d] as number;
    const table = tails[q] as Float64Array;
    const tabled = y + 1 < table.length;
    const above = tabled ? (table[y + 1] as number) : upperTail(lawAt(m, q, 0, 0) as Law, y + 1);
    const atLeast = tabled ? (table[y] as number) : upperTail(lawAt(m, q, 0, 0) as Law, y);
    const tied = evidenceAt(pasts, d, y) < evidence + TIE;
    total += weight[d] as number;
    sum += (weight[d] as number) * (tied ? (above + atLeast) / 2 : atLeast);
  }
  return Math.min(1, sum / total);
}

/** Evidence passed with chance p under the null, by regula falsi on the log of the tail. */
export function evidenceOf(pasts: Pasts, p: number): number {
  const target = Math.log(p);
  const f = (e: number): number => Math.log(Math.max(1e-300, tailOf(pasts, e))) - target;
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

/** Least count of this step with evidence of `limit` or more; Infinity if no count reaches it. */
export function leastCount(pasts: Pasts, past: number, limit: number, guess: number): number {
  let low = -1;
  let high = guess;
  if (evidenceAt(pasts, past, high) >= limit) {
    for (let step = 1; high > 0; step *= 2) {
      const next = Math.max(0, high - step);
      if (evidenceAt(pasts, past, next) < limit) {
        low = next;
        break;
      }
      high = next;
    }
    if (high === 0) return 0;
  } else {
    for (let step = 1; evidenceAt(pasts, past, high) < limit; step *= 2) {
      low = high;
      high += step;
      if (high > Number.MAX_SAFE_INTEGER) return Number.POSITIVE_INFINITY;
    }
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (evidenceAt(pasts, past, middle) >= limit) high = middle;
    else low = middle;
  }
  return high;
}

function fillPast({ mixture: m, shift, ratio }: Pasts, past: number, counts: Float64Array): void {
  const { lengths, lengthPriors, heights } = m.alternatives;
  for (let q = 0; q < m.nodes.length; q++) {
    const at = past * m.nodes.length + q;
    let moved = 0;
    if (q > 0) for (let i = 1; i < m.lags; i++) moved += lookUp(m, m.shifts[q] as Float64Array, i, counts[i] as number);
    shift[at] = moved;
    for (let h = 0; h < heights.length; h++) {
      const gains = m.gains[q]?.[h] as Float64Array;
      let gain = 0;
      let i = 1;
      let sum = 0;
      for (let d = 0; d < lengths.length; d++) {
        for (const end = lengths[d] as number; i < end; i++) gain += lookUp(m, gains, i, counts[i] as number);
        sum += (lengthPriors[d] as number) * Math.exp(Math.min(gain, 600));
      }
      ratio[at * heights.length + h] = sum;
    }
  }
}

/** Prior of outbreaks that begin with this step. */
function shortOnly({ alternatives: { lengths, lengthPriors } }: Mixture): number {
  return lengths[0] === 1 ? (lengthPriors[0] as number) : 0;
}

function lawAt(m: Mixture, q: number, lag: number, extra: number): Law | undefined {
  const node = m.nodes[q] as Node;
  const mean = (m.null.means[lag] as number) * node.factor;
  return Number.isNaN(mean) ? undefined : withExtra(mean, node.phi, extra);
}

/** Tails summed from the far end, which keeps the small ones exact; none where counts are too high to table. */
function tailTable(m: Mixture, q: number): Float64Array {
  const law = lawAt(m, q, 0, 0);
  if (!law || m.strides[0] !== 1) return new Float64Array(0);
  const { mean, size } = law;
  const finite = size !== Number.POSITIVE_INFINITY;
  const tails = new Float64Array(m.sizes[0] as number);
  let mass = Math.exp(finite ? -size * Math.log1p(mean / size) : -mean);
  const odds = finite ? mean / (mean + size) : mean;
  for (let y = 0; y < tails.length; y++) {
    tails[y] = mass;
    mass *= (odds * (finite ? y + size : 1)) / (y + 1);
  }
  let beyond = upperTail(law, tails.length);
  for (let y = tails.length - 1; y >= 0; y--) {
    beyond += tails[y] as number;
    tails[y] = beyond;
  }
  return tails;
}

function upperTail({ mean, size }: Law, y: number): number {
  if (y === Number.POSITIVE_INFINITY) return 0;
  return size === Number.POSITIVE_INFINITY ? poissonUpperTail(y, mean) : negativeBinomialUpperTail(y, mean, size);
}

function pick(weights: readonly number[], u: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length - 1; i++) {
    sum += weights[i] as number;
    if (u < sum) return i;
  }
  return weights.length - 1;
}
