import { logRatio, type Mixture, sd, withExtra } from "./evidence.ts";
import { negativeBinomialCount, type Random } from "./sampling.ts";

/** Chance under the null that the log likelihood ratio is as high as it is, and the value it passes with a given chance. */
export type NullDistribution = { readonly pvalue: (log: number) => number; readonly quantile: (p: number) => number };

/** Share of the sample drawn from the null itself, which bounds the weights. */
const NULL_SHARE = 0.25;

/**
 * Distribution of the statistic when nothing happens, by importance sampling from the mixture it tests: each draw weighs
 * null over sampling density, a function of the statistic itself, so the tail is well covered by few draws. Half of a tie
 * counts (mid-p), which keeps low counts honest on average.
 * @see Siegmund (1976), Annals of Statistics 4
 */
export function nullDistribution(m: Mixture, draws: number, random: Random): NullDistribution {
  const values = sample(m, draws, random).sort();
  const tail = new Float64Array(draws + 1);
  let total = 0;
  for (let d = draws - 1; d >= 0; d--) {
    total += 1 / (NULL_SHARE + (1 - NULL_SHARE) * Math.exp(values[d] as number));
    tail[d] = total;
  }
  const at = (d: number): number => (tail[d] as number) / total;
  const pvalue = (log: number): number => {
    const first = firstAtLeast(values, log - 1e-9);
    const above = firstAtLeast(values, log + 1e-9);
    if (above < draws) return (at(first) + at(above)) / 2;
    // Beyond the sample the ratio itself bounds the tail: P(S >= s) <= 1/s.
    const anchor = draws - Math.max(1, draws >> 5);
    return Math.min(at(anchor), at(anchor) * Math.exp((values[anchor] as number) - log));
  };
  const quantile = (p: number): number => {
    for (let d = draws - 1; d >= 0; d--) if (at(d) > p) return values[d] as number;
    return values[0] as number;
  };
  return { pvalue, quantile };
}

function sample(m: Mixture, draws: number, random: Random): Float64Array {
  const { lengths, lengthPriors, heights } = m.alternatives;
  const { means } = m.null;
  const values = new Float64Array(draws);
  const counts = new Float64Array(m.lags);
  const strata = draws * NULL_SHARE;
  for (let d = 0; d < draws; d++) {
    // Strata over null, height and length; the rest at random.
    const outbreak = d >= strata;
    const u = (d - strata + random()) / (draws - strata);
    const h = outbreak ? Math.min(heights.length - 1, Math.floor(u * heights.length)) : 0;
    const length = outbreak ? (lengths[pick(lengthPriors, u * heights.length - h)] as number) : 0;
    const node = m.nodes[pickNode(m, random())] as Mixture["nodes"][number];
    for (let i = 0; i < m.lags; i++) {
      const mean = (means[i] as number) * node.factor;
      if (Number.isNaN(mean)) continue;
      const extra = i < length ? (heights[h] as number) * sd(m.null, i) : 0;
      const law = withExtra(mean, node.phi, extra);
      counts[i] = negativeBinomialCount(random, law.mean, law.size);
    }
    values[d] = logRatio(m, counts, 0);
  }
  return values;
}

function pick(weights: readonly number[], u: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length - 1; i++) {
    sum += weights[i] as number;
    if (u < sum) return i;
  }
  return weights.length - 1;
}

function pickNode({ nodes }: Mixture, u: number): number {
  let sum = 0;
  for (let i = 0; i < nodes.length - 1; i++) {
    sum += (nodes[i] as { weight: number }).weight;
    if (u < sum) return i;
  }
  return nodes.length - 1;
}

function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
