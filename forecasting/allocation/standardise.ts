import { betaQuantile } from "../math/beta.ts";

/** Outcomes of one candidate in one stratum: carriers on a lane, say. */
export interface Cell {
  readonly stratum: string;
  readonly candidate: string;
  readonly n: number;
  /** Of these, good ones: 0..n. */
  readonly good: number;
}

/** A candidate as it would do on the strata of all of them together. */
export interface Standing {
  readonly candidate: string;
  readonly n: number;
  readonly good: number;
  /** Share of good ones, directly standardised and shrunk, with its standard error and a 95 % interval. */
  readonly share: number;
  readonly error: number;
  readonly lower: number;
  readonly upper: number;
}

/** A cell leans on what stratum and candidate say by as much as this many outcomes of its own. */
const CELL_WORTH = 10;
/** Standard deviations, in log odds, of strata around their mean and of candidates around none. */
const STRATUM_SPREAD = 1.5;
const CANDIDATE_SPREAD = 1;
const ROUNDS = 30;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Compares candidates fairly when they serve different strata: log odds of a stratum and a candidate add up, with both
 * shrunk (penalised likelihood by cyclic Newton steps); each cell is a beta posterior around that; shares are weighted
 * by the volume of the strata of all candidates. Who serves the harder lanes is not blamed for it.
 * @param cells  at most one a stratum and candidate; order does not matter
 * @returns      in order of candidates' names
 * @throws RangeError for good outside 0..n
 * @see Breslow & Day (1987), Statistical Methods in Cancer Research II, ch. 2: direct standardisation
 */
export function standardise(cells: readonly Cell[]): Standing[] {
  const bad = cells.find(({ n, good }) => !(good >= 0 && good <= n));
  if (bad) throw new RangeError(`expected good from 0 to ${bad.n}, got ${bad.good} (${bad.stratum}, ${bad.candidate})`);
  const sorted = cells
    .filter(({ n }) => n > 0)
    .sort((a, b) => compare(a.stratum, b.stratum) || compare(a.candidate, b.candidate));
  const strata = groups(sorted, ({ stratum }) => stratum);
  const candidates = groups(sorted, ({ candidate }) => candidate);
  const total = sorted.reduce((sum, { n }) => sum + n, 0);
  const { stratumEffect, candidateEffect, information } = logOddsOf(sorted, strata, candidates);
  return [...candidates.keys()].sort(compare).map((candidate) => {
    const own = new Map((candidates.get(candidate) ?? []).map((cell) => [cell.stratum, cell]));
    let [share, variance, lean] = [0, 0, 0];
    for (const [stratum, those] of strata) {
      const weight = those.reduce((sum, { n }) => sum + n, 0) / total;
      const { n = 0, good = 0 } = own.get(stratum) ?? {};
      const prior = logistic((stratumEffect.get(stratum) ?? 0) + (candidateEffect.get(candidate) ?? 0));
      const mean = (good + CELL_WORTH * prior) / (n + CELL_WORTH);
      share += weight * mean;
      variance += (weight * weight * mean * (1 - mean)) / (n + CELL_WORTH + 1);
      lean += weight * (CELL_WORTH / (n + CELL_WORTH)) * prior * (1 - prior);
    }
    // What leans on the candidate's effect is wrong together.
    variance += lean * lean * (1 / ((information.get(candidate) ?? 0) + 1 / CANDIDATE_SPREAD ** 2));
    const size = Math.max(2, (share * (1 - share)) / variance - 1);
    const mine = [...own.values()];
    return {
      candidate,
      n: mine.reduce((sum, { n }) => sum + n, 0),
      good: mine.reduce((sum, { good }) => sum + good, 0),
      share,
      error: Math.sqrt(variance),
      lower: betaQuantile(0.025, share * size, (1 - share) * size),
      upper: betaQuantile(0.975, share * size, (1 - share) * size),
    };
  });
}

function logOddsOf(sorted: readonly Cell[], strata: Groups, candidates: Groups) {
  const good = sorted.reduce((sum, cell) => sum + cell.good, 0);
  const total = sorted.reduce((sum, { n }) => sum + n, 0);
  const base = Math.log((good + 0.5) / (total - good + 0.5));
  const stratumEffect = new Map([...strata.keys()].map((stratum) => [stratum, base]));
  const candidateEffect = new Map([...candidates.keys()].map((candidate) => [candidate, 0]));
  const information = new Map<string, number>();
  const newton = (
    cells: readonly Cell[],
    at: number,
    centre: number,
    spread: number,
    other: (cell: Cell) => number,
  ) => {
    let [gradient, curvature] = [(centre - at) / spread ** 2, 1 / spread ** 2];
    for (const cell of cells) {
      const p = logistic(at + other(cell));
      gradient += cell.good - cell.n * p;
      curvature += cell.n * p * (1 - p);
    }
    // A step of at most one unit of log odds: far from the answer the curvature is none to trust.
    return { to: at + Math.max(-1, Math.min(1, gradient / curvature)), curvature };
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [stratum, cells] of strata) {
      const { to } = newton(
        cells,
        stratumEffect.get(stratum) ?? base,
        base,
        STRATUM_SPREAD,
        (cell) => candidateEffect.get(cell.candidate) ?? 0,
      );
      stratumEffect.set(stratum, to);
    }
    for (const [candidate, cells] of candidates) {
      const { to, curvature } = newton(
        cells,
        candidateEffect.get(candidate) ?? 0,
        0,
        CANDIDATE_SPREAD,
        (cell) => stratumEffect.get(cell.stratum) ?? base,
      );
      candidateEffect.set(candidate, to);
      information.set(candidate, curvature - 1 / CANDIDATE_SPREAD ** 2);
    }
  }
  return { stratumEffect, candidateEffect, information };
}

type Groups = ReadonlyMap<string, readonly Cell[]>;

function groups(cells: readonly Cell[], by: (cell: Cell) => string): Groups {
  const found = new Map<string, Cell[]>();
  for (const cell of cells) found.set(by(cell), [...(found.get(by(cell)) ?? []), cell]);
  return found;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
