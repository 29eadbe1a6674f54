import {
  expectedAt,
  LAG_BINS,
  LAG_EDGES,
  LONGEST_LAG,
  laggedExposure,
  rampsAt,
} from "../../forecasting/hotspot/lags.ts";
import { fitLevel, type Level } from "../../forecasting/hotspot/level.ts";
import type { SparseHours } from "../../forecasting/hotspot/sparse-hours.ts";
import { bound, predictive, surprise } from "../../forecasting/hotspot/surprise.ts";
import { type Law, seasonOf } from "./laws.ts";
import type { Dimension, Measure } from "./measures.ts";
import type { HotspotPolicy } from "./policy.ts";
import type { Book, Series } from "./series.ts";

const HOUR_MS = 3_600_000;

/** What one window of one series held, and what was expected of it. */
export interface Judgement {
  readonly series: string;
  readonly measure: Measure;
  readonly dimension: Dimension;
  readonly value: string;
  readonly type: string;
  /** Hours. */
  readonly window: number;
  /** Full hour at which it was judged; the window ends here. Hours since 1970. */
  readonly tick: number;
  readonly observed: number;
  readonly expected: number;
  /** The largest count that would not have alarmed. */
  readonly upper: number;
  readonly pValue: number;
  readonly alarm: boolean;
  /** What the expectation rests on: its events over the common rate's, and how many of them. */
  readonly ratio: number;
  readonly events: number;
  /** Expected of the next 24 hours were nothing wrong. */
  readonly next24: number;
  /** Of what is foreseen: orders due by a moment (ms), and how many of them are open. */
  readonly ahead?: { readonly due: number; readonly open: number; readonly by: number };
}

/** Everything a judgement is made of, as it stood when the day began. */
export interface Outlook {
  readonly book: Book;
  readonly laws: ReadonlyMap<string, Law>;
  /** Hours in which no order was heard of, though many should have been: they say nothing. */
  readonly unknown: SparseHours;
  /** First hour of which anything is known: weeks before it are no evidence of calm. */
  readonly since: number;
  /** Surprise from which it is an alarm, -log p. */
  readonly threshold: number;
  readonly policy: HotspotPolicy;
}

/** Shares of what a window's expectation rests on that are unknown: filled in with the mean up to the first, beyond it nothing is said. */
const MOST_UNKNOWN = 0.5;
/** At least this many days are needed to say what is normal. */
const LEAST_DAYS = 5;
/** Hours between the judgements kept for the boards. */
export const BOARD = 6;
/** Standard deviations above the expected from which the exact tail is worth its cost. */
const WORTH = 1.5;

/** Levels by series, for one day: they rest on days that do not change while it lasts. */
export type Levels = Map<string, Level | undefined>;

/**
 * Judges one series at one full hour: every window's count against the law of its kind, its own level and what it is out of.
 * @param levels  filled as needed; for the day of `tick` only
 */
export function judge(series: Series, tick: number, outlook: Outlook, levels: Levels): Judgement[] {
  const { book, laws, policy, threshold } = outlook;
  // Where the longest window has too few to alarm, nobody will ask what was expected; places on the board are an exception.
  const board =
    tick % BOARD === 0 &&
    (series.dimension === "region" || series.dimension === "hub" || series.dimension === "carrier");
  if (!board && series.counts.sum(tick - Math.max(...policy.windows) / HOUR_MS, tick) < policy.minCount) return [];
  const law = laws.get(series.law);
  const exposure = book.exposures.get(series.exposure);
  if (!law || !exposure) return [];
  if (!levels.has(series.key)) levels.set(series.key, levelOf(series, law, exposure, tick, outlook));
  const level = levels.get(series.key);
  if (!level) return [];
  const found: Judgement[] = [];
  const end = rampsAt(exposure, tick);
  let next24: number | undefined;
  for (const windowMs of policy.windows) {
    const window = windowMs / HOUR_MS;
    const observed = series.counts.sum(tick - window, tick);
    if (observed === 0 || tick - window < outlook.since) continue;
    const known = 1 - unknownShare(law, outlook.unknown, tick - window, tick);
    if (known < 1 - MOST_UNKNOWN) continue;
    const common =
      (expectedAt(law.rates, rampsAt(exposure, tick - window), end) * seasonOf(law, tick - window, tick)) / known;
    const law_ = predictive(level, common, window);
    const spread = Math.sqrt(law_.mean + law_.mean ** 2 / law_.theta);
    const strange = observed >= law_.mean + WORTH * spread;
    const pValue = strange ? surprise(law_, observed) : Math.max(0.05, 1 - observed / (2 * law_.mean + 1));
    const enough = Math.max(policy.minCount, Math.ceil(leastRatio(series.measure, policy) * law_.mean));
    const upper = strange ? Math.max(enough - 1, bound(law_, Math.exp(-threshold))) : Math.max(observed, enough - 1);
    const alarm = strange && -Math.log(pValue) >= threshold && observed >= enough;
    next24 ??= level.ratio * expectedAt(law.rates, end, rampsAt(exposure, tick + 24)) * seasonOf(law, tick, tick + 24);
    const { key, measure, dimension, value, type } = series;
    found.push({
      series: key,
      measure,
      dimension,
      value,
      type,
      window,
      tick,
      observed,
      expected: law_.mean,
      upper: alarm ? Math.min(upper, observed - 1) : Math.max(upper, observed),
      pValue,
      alarm,
      ratio: level.ratio,
      events: level.events,
      next24,
    });
  }
  return found;
}

/** Of every three parcels one or two are behind at that point anyway: their number cannot double, so half the way is worth as much. */
const leastRatio = (measure: Measure, { minRatio }: HotspotPolicy): number =>
  measure === "slow" ? Math.sqrt(minRatio) : minRatio;

/** The level of a series from the days that ended before what may be going on now. */
function levelOf(series: Series, law: Law, exposure: SparseHours, tick: number, outlook: Outlook): Level | undefined {
  const today = Math.floor(tick / 24);
  const known = today - Math.ceil(outlook.since / 24);
  // What is going on must not teach what is normal; of a short past less can be left out.
  const apart = Math.min(7, Math.max(1, Math.floor(known / 4)));
  const last = today - apart;
  const first = Math.max(last - 7 * outlook.policy.weeks, Math.ceil(outlook.since / 24));
  const days = last - first;
  if (days < LEAST_DAYS) return undefined;
  const counts = new Float64Array(days);
  const expected = new Float64Array(days);
  let before = rampsAt(exposure, first * 24);
  const gaps = outlook.unknown.sum(first * 24 - LONGEST_LAG, today * 24) > 0;
  for (let i = 0; i < days; i++) {
    const [from, to] = [(first + i) * 24, (first + i + 1) * 24];
    const after = rampsAt(exposure, to);
    const share = gaps ? unknownShare(law, outlook.unknown, from, to) : 0;
    const silent = gaps && (outlook.unknown.sum(from, to) > 0 || share > MOST_UNKNOWN);
    counts[i] = silent ? Number.NaN : series.counts.sum(from, to);
    expected[i] = silent ? 0 : (expectedAt(law.rates, before, after) * seasonOf(law, from, to)) / (1 - share);
    before = after;
  }
  return fitLevel(counts, expected);
}

function unknownShare(law: Law, unknown: SparseHours, from: number, to: number): number {
  if (unknown.sum(0, to) === 0) return 0;
  return shareOf(law, rampsAt(unknown, from), rampsAt(unknown, to), to - from);
}

/** Share of the rates' weight that falls on unknown hours of exposure. */
function shareOf(law: Law, start: Float64Array, end: Float64Array, hours: number): number {
  const gaps = laggedExposure(start, end);
  let all = 0;
  let gone = 0;
  for (let j = 0; j < LAG_BINS; j++) {
    const rate = law.rates[j] as number;
    all += rate * hours * ((LAG_EDGES[j + 1] as number) - (LAG_EDGES[j] as number));
    gone += rate * (gaps[j] as number);
  }
  return all > 0 ? Math.min(1, gone / all) : 0;
}
