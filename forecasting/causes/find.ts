import { seededRandom } from "../math/random.ts";
import { type Share, shareOf } from "./share.ts";
import { type Cell, type Combination, expectedOf, matches, nameOf } from "./table.ts";

/** One thing that explains a part of an excess. Shares of several may overlap: one parcel is at customs and badly labelled. */
export interface Driver extends Share {
  readonly where: Combination;
  readonly observed: number;
  readonly expected: number;
  /** Other combinations that hold the very same events. */
  readonly same: readonly string[];
  /** How much better the counts are described with it, nats beyond what it costs to name it. */
  readonly gain: number;
}

export interface Explanation {
  readonly observed: number;
  readonly expected: number;
  readonly drivers: readonly Driver[];
}

export const CAUSE_DEFAULTS = {
  /** Dimensions named together at most. */
  depth: 2,
  /** Drivers named at most. */
  drivers: 5,
  /** Singles that pairs are built on. */
  beam: 12,
  /** Variance over mean of the counts. */
  phi: 1.5,
  /** Share of the excess below which nothing is worth naming. */
  least: 0.1,
  /** Draws behind an interval. */
  draws: 400,
  seed: 1,
};

/** Evidence that there is an excess at all before its causes are looked for, nats: three standard deviations. */
const AN_EXCESS = 4.5;
/** Events expected of what was never seen before. */
const NEVER_SEEN = 0.5;

interface Candidate {
  readonly where: Combination;
  readonly inside: readonly boolean[];
  readonly price: number;
  gain: number;
}

/**
 * The drivers of an excess: combinations of dimension values whose events rose beyond the rest and beyond what their
 * exposure explains. A combination is named when telling it apart describes the counts better than it costs to name it
 * (a two-part code: half a log n for its rate, the log of how many there are to choose from), given those named before:
 * a carrier is not named for the one hub of it that jammed, nor a region for its share of a carrier.
 * @param cells      events by all dimensions, now and before; an empty value is unknown and never named
 * @param exposures  what events are out of, by the dimensions known of it; the first table is the whole
 * @see Bhagwan et al. (2014), Adtributor, NSDI; Rissanen (1978), Automatica 14, for the code lengths
 */
export function findCauses(
  cells: readonly Cell[],
  exposures: readonly (readonly Cell[])[],
  given: Partial<typeof CAUSE_DEFAULTS> = {},
): Explanation {
  const options = { ...CAUSE_DEFAULTS, ...given };
  const observed = cells.reduce((sum, { now }) => sum + now, 0);
  const expected = Math.max(expectedOf(cells, [], exposures), NEVER_SEEN);
  if (observed <= expected || surplus(observed, expected) < AN_EXCESS * options.phi)
    return { observed, expected, drivers: [] };

  const means = cellMeans(cells, exposures);
  const singles = singlesOf(cells, Math.log(Math.max(2, observed)) / 2);
  const named: Candidate[] = [];
  const strata = () => stratify(cells, named);
  while (named.length < options.drivers) {
    const groups = strata();
    const judge = (candidate: Candidate) => {
      candidate.gain = gainOf(candidate, cells, means, groups) / options.phi - candidate.price;
      return candidate;
    };
    const open = singles.filter(({ where }) => !named.some((one) => nameOf(one.where) === nameOf(where))).map(judge);
    const best = [...open].sort(byGain).slice(0, options.beam);
    const pairs = options.depth < 2 ? [] : pairsOf(best, open, cells).map(judge);
    const rising = [...open, ...pairs].filter((one) => {
      const part = partOf(one, cells, exposures);
      return (
        one.gain > 0 &&
        part.observed > part.expected &&
        part.observed - part.expected >= options.least * (observed - expected)
      );
    });
    const next = rising.sort(byGain)[0];
    if (!next) break;
    named.push(next);
  }
  const random = seededRandom(options.seed);
  const drivers = named.map((one) => {
    const part = partOf(one, cells, exposures);
    const same = singles
      .filter((other) => other.where !== one.where && sameEvents(cells, other, one))
      .map(({ where }) => nameOf(where));
    return {
      where: one.where,
      ...part,
      same,
      gain: one.gain,
      ...shareOf(part, { observed, expected }, cells, one.inside, random, options.draws),
    };
  });
  return {
    observed,
    expected,
    drivers: drivers.sort((a, b) => b.share - a.share || (nameOf(a.where) < nameOf(b.where) ? -1 : 1)),
  };
}

/** Twice this is the deviance of a count above its mean. */
const surplus = (n: number, mean: number): number => (n > 0 ? n * Math.log(n / mean) : 0) - (n - mean);

/** Expected now of what each cell held before: times what its exposure grew by. */
function cellMeans(cells: readonly Cell[], exposures: readonly (readonly Cell[])[]): Float64Array {
  return Float64Array.from(cells, (cell) => {
    if (cell.before === 0) return 0;
    return expectedOf(
      [cell],
      Object.entries(cell.dims).filter(([, value]) => value !== ""),
      exposures,
    );
  });
}

function singlesOf(cells: readonly Cell[], rate: number): Candidate[] {
  const values = new Map<string, Set<string>>();
  for (const { dims } of cells) {
    for (const [dimension, value] of Object.entries(dims)) {
      if (value !== "") values.set(dimension, (values.get(dimension) ?? new Set()).add(value));
    }
  }
  return [...values].sort(byName).flatMap(([dimension, known]) =>
    [...known].sort().map((value) => {
      const where: Combination = [[dimension, value]];
      const inside = cells.map(({ dims }) => matches(dims, where));
      return { where, inside, price: rate + Math.log(values.size) + Math.log(known.size), gain: 0 };
    }),
  );
}

function pairsOf(best: readonly Candidate[], singles: readonly Candidate[], cells: readonly Cell[]): Candidate[] {
  const pairs = new Map<string, Candidate>();
  for (const a of best) {
    for (const b of singles) {
      const [x, y] = [a.where[0], b.where[0]];
      if (!x || !y || x[0] === y[0]) continue;
      const where = [x, y].sort(byName);
      const name = nameOf(where);
      if (pairs.has(name)) continue;
      const inside = a.inside.map((one, i) => one && (b.inside[i] as boolean));
      // A pair that holds all of one of its sides says nothing more than that side.
      const adds = (side: Candidate) => side.inside.some((one, i) => one && !inside[i] && (cells[i] as Cell).now > 0);
      if (!inside.some((one, i) => one && (cells[i] as Cell).now > 0) || !adds(a) || !adds(b)) continue;
      pairs.set(name, { where, inside, price: a.price + b.price, gain: 0 });
    }
  }
  return [...pairs.values()];
}

/** Cells by which of the named drivers hold them. */
function stratify(cells: readonly Cell[], named: readonly Candidate[]): Int32Array {
  return Int32Array.from(cells, (_, i) => named.reduce((bits, { inside }, k) => bits + (inside[i] ? 2 ** k : 0), 0));
}

/**
 * How much better the counts are described when the candidate's rise stands apart from the rest's, within each stratum;
 * a stratum where it rose less speaks against it. What was before is a count too, and as uncertain.
 */
function gainOf({ inside }: Candidate, cells: readonly Cell[], means: Float64Array, strata: Int32Array): number {
  const sums = new Map<number, { in: Sum; out: Sum }>();
  for (let i = 0; i < cells.length; i++) {
    const { now, before } = cells[i] as Cell;
    const stratum = sums.get(strata[i] as number) ?? { in: { ...NOTHING }, out: { ...NOTHING } };
    const sum = inside[i] ? stratum.in : stratum.out;
    sum.now += now;
    sum.before += before;
    sum.mean += means[i] as number;
    sums.set(strata[i] as number, stratum);
  }
  let gain = 0;
  const usual =
    means.reduce((a, b) => a + b, 0) /
      Math.max(
        1,
        cells.reduce((sum, { before }) => sum + before, 0),
      ) || 1;
  for (const { in: inner, out: outer } of sums.values()) {
    const [a, b] = [riseOf(inner, usual), riseOf(outer, usual)];
    if (inner.now + inner.before === 0 || outer.now + outer.before === 0) continue;
    const apart = likelihood(a, a.now / (a.growth * a.before)) + likelihood(b, b.now / (b.growth * b.before));
    const f = commonRise(a, b);
    const better = apart - likelihood(a, f) - likelihood(b, f);
    gain += a.now / (a.growth * a.before) > b.now / (b.growth * b.before) ? better : -better;
  }
  return gain;
}

interface Sum {
  now: number;
  before: number;
  /** Expected now of what was before. */
  mean: number;
}
const NOTHING: Sum = { now: 0, before: 0, mean: 0 };

/** Half an event on either side keeps a rate that was never seen finite. */
const riseOf = ({ now, before, mean }: Sum, usual: number) => ({
  now: now + 0.5,
  before: before + 0.5,
  growth: before > 0 ? mean / before : usual,
});
type Rise = ReturnType<typeof riseOf>;

/** Of counts now and before, given their sum, when what is expected now rose by a factor. */
const likelihood = ({ now, before, growth }: Rise, factor: number): number =>
  now * Math.log(factor * growth) - (now + before) * Math.log1p(factor * growth);

/** The one factor that fits both best, by bisection on its logarithm. */
function commonRise(a: Rise, b: Rise): number {
  let [low, high] = [-20, 20];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    const f = Math.exp(middle);
    const slope = [a, b].reduce((sum, r) => sum + r.now - ((r.now + r.before) * f * r.growth) / (1 + f * r.growth), 0);
    if (slope > 0) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

function partOf({ where, inside }: Candidate, cells: readonly Cell[], exposures: readonly (readonly Cell[])[]) {
  const observed = cells.reduce((sum, { now }, i) => sum + (inside[i] ? now : 0), 0);
  return { observed, expected: expectedOf(cells, where, exposures) };
}

const sameEvents = (cells: readonly Cell[], a: Candidate, b: Candidate): boolean =>
  cells.every(({ now }, i) => now === 0 || a.inside[i] === b.inside[i]);

/** The largest gain; of equal ones the shorter name, then the order of names. */
const byGain = (a: Candidate, b: Candidate): number =>
  b.gain - a.gain || a.where.length - b.where.length || (nameOf(a.where) < nameOf(b.where) ? -1 : 1);

const byName = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
  a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
