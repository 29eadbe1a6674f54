import { seededRandom } from "../math/random.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { type Baseline, fitBaseline, predict } from "./tocsin/baseline.ts";
import { drawPasts, evidenceOf, leastCount, pastOf, ratioAt, tailOf } from "./tocsin/calibration.ts";
import { type TailTable, tailTables } from "./tocsin/count-tail.ts";
import { type Cycle, type Design, defaultCycles, design } from "./tocsin/design.ts";
import { type Alternatives, mixture } from "./tocsin/evidence.ts";

export type TocsinInput = {
  /** Counts, shape (n,), oldest first, one per equal step; NaN where missing. */
  readonly counts: Float64Array;
  /** What the counts are out of (parcels in flight), shape (n,); NaN or 0 makes the step unknown. */
  readonly exposure?: Float64Array | undefined;
  /** Share of each step's counts expected to be reported by now, 0..1, shape (n,): corrects reporting delay. */
  readonly completeness?: Float64Array | undefined;
  /** Holidays, promotions, interventions: columns of shape (n,), known for every step. */
  readonly drivers?: readonly Float64Array[];
};

export type TocsinOptions = {
  /** Rate of false alarms per step. */
  readonly alpha: number;
  /** Steps a year: 52 weekly, 365 daily, 8760 hourly. */
  readonly freq: number;
  readonly trend: boolean;
  /** Calendar cycles; null takes those usual for freq. */
  readonly seasonality: readonly Cycle[] | null;
  readonly outbreaks: Alternatives;
  /** Standardised residual above which a past count is taken for an outbreak and weighs less. */
  readonly weightsThreshold: number;
  /** No alarm unless the last steps, as many as the longest outbreak looked for, hold this many counts. */
  readonly minCount: number;
  /** Steps between fits; null: one in 128 of the history. */
  readonly refit: number | null;
  /** Simulated pasts behind a p-value. */
  readonly draws: number;
  readonly seed: number;
};

export const TOCSIN_DEFAULTS: TocsinOptions = {
  alpha: 0.01,
  freq: 52,
  trend: true,
  seasonality: null,
  outbreaks: { lengths: [1, 2, 4, 8], lengthPriors: [0.6, 0.33, 0.04, 0.03], heights: [0.6, 1.2, 2.4, 5] },
  weightsThreshold: 2.8,
  minCount: 3,
  refit: null,
  draws: 96,
  seed: 1,
};

/** Known steps per coefficient, at least, before anything is judged. */
const ROWS_PER_COEFFICIENT = 2;
const LEAST_ROWS = 8;
/** Standard error of a log mean beyond which nothing is known of it, and no worse. */
const MOST_ERROR = 2;
/** Pasts behind the bound, which no alarm depends on. */
const LIMIT_DRAWS = 24;
/** Evidence below this is not worth simulating: its p-value is near one half or more. */
const WORTH_SIMULATING = 0;

/**
 * Tocsin's own detector: a quasi-Poisson regression on trend, calendar and known drivers with past outbreaks weighed down;
 * then, at each step, the likelihood ratio of a mixture of outbreaks that began one to eight steps ago against none, so that
 * a small rise that stays is found as well as a large one that is new. Its distribution under the fitted model, errors of the
 * estimates included, is simulated, so alpha is the false alarm rate.
 * @param from     first step judged; every step uses earlier ones and itself only
 * @param designs  remembers design matrices from series to series of the same options, freq aside
 * @returns     judgement, shape (n - from,): alarm where p <= alpha, the count is above its expectation and the low-count
 *              limit is met; upper is the largest count that leaves p above alpha given the steps before. A missing step, or
 *              too short a history, is NaN and neither alarms nor stops the next from it.
 * @throws RangeError for an option out of range or columns of unequal length
 * @see Noufaily et al. (2013), Statistics in Medicine 32; Lai (1995), JRSS B 57, for mixtures in sequential detection
 */
export function tocsin(
  input: TocsinInput,
  from: number,
  options: TocsinOptions,
  designs: Designs = new Map(),
): Judgement {
  checkOptions(input, options);
  const { counts } = input;
  const n = counts.length;
  checkFrom(from, n);
  const out = blankJudgement(n - from);
  const offset = logExposure(input);
  const known = knownSteps(counts, offset);
  const random = seededRandom(options.seed);
  const lags = options.outbreaks.lengths.at(-1) as number;
  const cycles = options.seasonality ?? defaultCycles(options.freq);
  let fit: Fit | undefined;
  let limit: number | undefined;
  for (let t = from; t < n; t++) {
    const i = t - from;
    if (!fit || t >= fit.until) {
      fit = refit(input, options, offset, known, t, cycles, fit, designs);
      limit = undefined;
    }
    const window = fit && lastSteps(fit, counts, offset, known, t, lags);
    if (!fit || !window) continue;
    out.expected[i] = window.means[0] as number;
    const m = mixture(
      { means: window.means, phi: fit.baseline.phi, se: window.se, df: fit.baseline.phiDf },
      options.outbreaks,
    );
    const past = pastOf(m, window.counts);
    const y = counts[t] as number;
    const ratio = ratioAt(past, 0, y);
    const evidence = Math.log(ratio);
    const worth = evidence > WORTH_SIMULATING;
    const pasts = worth ? drawPasts(m, options.draws, random) : undefined;
    const tails: readonly TailTable[] = worth || limit === undefined ? tailTables(m) : [];
    limit ??= Math.exp(evidenceOf(drawPasts(m, LIMIT_DRAWS, random), tails, options.alpha));
    // Below the simulated range only the order matters.
    const p = worth && pasts ? tailOf(pasts, tails, evidence) : 1 - 0.5 * ratio;
    out.pvalue[i] = p;
    // The limit stands between fits, the p-value is this step's own: where they differ by a hair the p-value decides.
    const quiet = leastCount(past, 0, limit as number, Math.ceil(window.means[0] as number) + 1) - 1;
    out.upper[i] = Math.max(0, p <= options.alpha ? Math.min(quiet, y - 1) : Math.max(quiet, y));
    const enough = window.counts.reduce((a, b) => a + b, 0) >= options.minCount;
    out.alarm[i] = p <= options.alpha && enough && y > (window.means[0] as number) ? 1 : 0;
  }
  return out;
}

/** Design matrices by length, history and steps a year. */
export type Designs = Map<string, Design>;

type Fit = { readonly baseline: Baseline; readonly design: Design; readonly until: number };

/** Fits the steps before t but for those an outbreak in progress may have touched. */
function refit(
  { counts, drivers }: TocsinInput,
  options: TocsinOptions,
  offset: Float64Array | undefined,
  known: Uint8Array,
  t: number,
  cycles: readonly Cycle[],
  before: Fit | undefined,
  designs: Designs,
): Fit | undefined {
  const lags = options.outbreaks.lengths.at(-1) as number;
  const last = t - Math.min(lags - 1, Math.floor(t / 8));
  let history = 0;
  for (let i = 0; i < last; i++) history += known[i] as number;
  const n = counts.length;
  const key = drivers?.length ? "" : `${n} ${last} ${options.freq}`;
  const columns = designs.get(key) ?? design(n, last, options.trend, cycles, drivers ?? []);
  if (key !== "") designs.set(key, columns);
  if (history < Math.max(LEAST_ROWS, ROWS_PER_COEFFICIENT * columns.p)) return undefined;
  const rows = new Int32Array(history);
  let k = 0;
  for (let i = 0; i < last; i++) if (known[i]) rows[k++] = i;
  const start = before?.design.p === columns.p ? before.baseline : undefined;
  const { weightsThreshold } = options;
  const baseline = fitBaseline(columns, counts, offset, rows, start, { weightsThreshold, regular: !drivers?.length });
  const every = options.refit ?? Math.max(1, Math.round(history / 128));
  return { baseline, design: columns, until: t + every };
}

/** Means and counts of the last steps, this one first; undefined where this one is unknown. */
function lastSteps(
  { baseline, design: columns }: Fit,
  counts: Float64Array,
  offset: Float64Array | undefined,
  known: Uint8Array,
  t: number,
  lags: number,
): { means: Float64Array; counts: Float64Array; se: number } | undefined {
  if (!known[t]) return undefined;
  const means = new Float64Array(lags).fill(Number.NaN);
  const window = new Float64Array(lags);
  let se = 0;
  for (let i = 0; i < lags && t - i >= 0; i++) {
    const s = t - i;
    if (!known[s]) continue;
    const { eta, variance } = predict(baseline, columns, s, i === 0);
    if (i === 0) se = Math.min(MOST_ERROR, Math.sqrt(variance * baseline.phi));
    means[i] = Math.max(Math.exp(eta + (offset?.[s] ?? 0)), baseline.leastMean);
    window[i] = counts[s] as number;
  }
  return { means, counts: window, se };
}

function logExposure({ counts, exposure, completeness }: TocsinInput): Float64Array | undefined {
  if (!exposure && !completeness) return undefined;
  return counts.map((_, t) => Math.log((exposure?.[t] ?? 1) * (completeness?.[t] ?? 1)));
}

function knownSteps(counts: Float64Array, offset: Float64Array | undefined): Uint8Array {
  const known = new Uint8Array(counts.length);
  for (let t = 0; t < counts.length; t++) {
    known[t] = Number.isFinite(counts[t]) && (!offset || Number.isFinite(offset[t])) ? 1 : 0;
  }
  return known;
}

function checkOptions({ counts, exposure, completeness, drivers }: TocsinInput, options: TocsinOptions): void {
  const { alpha, freq, outbreaks, draws } = options;
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected between 0 and 1, got ${alpha}`);
  if (!(freq > 0)) throw new RangeError(`freq: expected steps a year, got ${freq}`);
  if (!(draws >= 32)) throw new RangeError(`draws: expected 32 or more, got ${draws}`);
  const { lengths, lengthPriors, heights } = outbreaks;
  const rising = lengths.every((d, i) => Number.isInteger(d) && d > (lengths[i - 1] ?? 0));
  if (!rising || lengths.length === 0 || lengthPriors.length !== lengths.length || heights.length === 0) {
    throw new RangeError("outbreaks: expected rising whole lengths, as many priors, and a height");
  }
  for (const column of [exposure, completeness, ...(drivers ?? [])]) {
    if (column && column.length !== counts.length) {
      throw new RangeError(`columns: expected ${counts.length} values each, got ${column.length}`);
    }
  }
}
