import { type Against, emptySeason, expectedEvents, shapeOf } from "../../forecasting/flow/season.ts";
import { keyOf, STAGES } from "./movements.ts";
import { type AllSeries, PAST, type Series, shareOf } from "./series.ts";
import type { Watched } from "./watched.ts";

/** What an hour of a series should hold: fewer than `low` or more than `high` neither season nor backlog explains. */
export interface Expected {
  readonly low: number;
  readonly high: number;
}

/** Whether it is known what waits upstream of a series: of what comes to a place from elsewhere it is not. */
export const fed = ({ stage, dimension }: Series): boolean =>
  (stage !== "arrival" && stage !== "scans") || dimension === "carrier" || dimension === "all";

/**
 * Expectations for an hour, from the hours that are closed: by the season, and by what waits upstream now in proportion
 * to what usually left of so much. Where the two differ, either may be right.
 */
export function expectations(all: AllSeries): (series: Series, hour: number) => Expected {
  const shape = (against: Against) =>
    new Map(
      STAGES.map((stage) => [
        stage,
        shapeOf(all.byKey.get(keyOf(stage, "all", "all"))?.season ?? emptySeason(), against),
      ]),
    );
  const [bySeason, byWaiting] = [shape("hours"), shape("exposure")];
  return (series, hour) => {
    const { stage, season } = series;
    const usual = expectedEvents(season, bySeason.get(stage) as Float64Array, "hours", hour, 1);
    if (!fed(series)) return { low: usual, high: usual };
    const fromWaiting = expectedEvents(season, byWaiting.get(stage) as Float64Array, "exposure", hour, series.before);
    return { low: Math.min(usual, fromWaiting), high: Math.max(usual, fromWaiting) };
  };
}

/**
 * The longest a feed was without anything before: its hours taken as they are expected now, in events.
 * @param masked  hours in which it was not itself
 */
export function longestSilence(
  series: Series,
  hour: number,
  expected: (hour: number) => number,
  masked: (place: string, hour: number) => boolean,
): number {
  let [longest, run] = [0, 0];
  for (let h = Math.max(series.first, hour - PAST); h < hour; h += 1) {
    const quiet = (series.passed[h % PAST] ?? 0) === 0 && !masked(series.place, h);
    run = quiet ? run + expected(h) : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** Whether enough is known of a series to judge it. */
export function judgeable(series: Series, hour: number, minPerDay: number, learnHours: number): boolean {
  const seen = hour - series.first;
  return seen >= learnHours && series.total >= (minPerDay * Math.min(seen, PAST)) / 24;
}

/** Others must have been expected this many events lately to say anything of a common cause. */
const ENOUGH = 20;
const OTHERS = 3;

interface Member {
  readonly series: Series;
  readonly watched: Watched;
}

/**
 * What the other places of the same kind have in common lately: a feast, a storm, a promotion is no news of one place.
 * @returns  factors for the two expectations of a series: low at most 1, high at least 1
 */
export function commonCause(judged: readonly Member[], apart: (place: string) => boolean): (one: Member) => Expected {
  const groups = new Map<string, { n: number; observed: number; low: number; high: number }>();
  for (const { series, watched } of judged) {
    if (apart(series.place)) continue;
    let sum = groups.get(series.kind);
    if (!sum) {
      sum = { n: 0, observed: 0, low: 0, high: 0 };
      groups.set(series.kind, sum);
    }
    sum.n += 1;
    sum.observed += watched.recent.observed;
    sum.low += watched.recent.low;
    sum.high += watched.recent.high;
  }
  return ({ series, watched: { recent } }) => {
    const sum = groups.get(series.kind);
    if (series.dimension === "all" || !sum) return NOTHING_COMMON;
    const own = apart(series.place) ? 0 : 1;
    const observed = sum.observed - own * recent.observed;
    const low = sum.low - own * recent.low;
    const high = sum.high - own * recent.high;
    if (sum.n - own < OTHERS || high < ENOUGH) return NOTHING_COMMON;
    return {
      low: Math.max(0, Math.min(1, (observed + 1) / (low + 1))),
      high: Math.max(1, (observed + 1) / (high + 1)),
    };
  };
}
const NOTHING_COMMON: Expected = { low: 1, high: 1 };

/** What is left to expect of a series when some carriers bring nothing, or less: `lost` is the share they do not bring. */
export const withoutCarriers = (series: Series, lost: ReadonlyMap<string, number>): number =>
  lost.size === 0 || series.dimension === "carrier" ? 1 : 1 - shareOf(series, lost);
