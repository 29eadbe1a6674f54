import { accumulate, CHANGES, dispersionOf, learnDay, RATIOS, threshold } from "../../forecasting/flow/evidence.ts";
import { commonCause, type Expected, expectations, fed, judgeable, longestSilence, withoutCarriers } from "./expect.ts";
import { goOn, openFlows } from "./flows.ts";
import type { Said } from "./incident.ts";
import type { Judged, Memory } from "./memory.ts";
import type { FlowPolicy } from "./policy.ts";
import { inOrder, type Masked, type Series } from "./series.ts";
import { type Heard, hear } from "./silence.ts";
import { newWatched, settle } from "./watched.ts";

const HOUR_MS = 3_600_000;
/** What is recent fades by this an hour: half a day. */
const FADE = 1 - 1 / 12;
const YOUNG = 2;
/** A feast may be quieter than a Sunday, but not silent. */
const FEAST = 0.25;

export interface Hour {
  readonly hour: number;
  readonly holiday: boolean;
  /** Whether a place had an incident of late: what dammed up flows off, and that is no surge. */
  readonly troubled: (place: string) => boolean;
  readonly masked: Masked;
}

/** How much of what a feed should have brought lately is there. */
export interface Completeness {
  readonly dimension: string;
  readonly value: string;
  readonly observed: number;
  readonly expected: number;
  /** 0..1; 1 where less could be chance. */
  readonly share: number;
}

/** Judges an hour that is counted and not closed yet. */
export function judgeHour(
  memory: Memory,
  at: Hour,
  policy: FlowPolicy,
): { readonly said: readonly Said[]; readonly completeness: readonly Completeness[] } {
  const { hour } = at;
  const expected = expectations(memory.series);
  const judged = expectedOf(memory, at, policy, expected);
  const feeds: (Heard & { readonly factor: number })[] = [];
  const flows: Judged[] = [];
  for (const one of judged) {
    if (one.series.stage !== "scans") flows.push(one);
    else {
      const { series } = one;
      const longest = (since: number) => longestSilence(series, since, (h) => expected(series, h).low, at.masked);
      feeds.push({ ...one, expected: at.holiday ? one.low * FEAST : one.low, longest, elsewhere: 0 });
    }
  }
  for (const { series, watched, low } of flows) watched.due = series.passing > 0 ? 0 : watched.due + low;
  const owed = owedElsewhere(flows);
  for (const feed of feeds) feed.elsewhere = owed(feed.series.place);
  const silences = hear(memory.silent, feeds, hour, policy.falseAlarmsPerWeek / 2);
  const doubtful = (place: string) => silences.doubtful.has(place) || memory.silent.has("all|all");
  const lost = lostCarriers(memory, silences.doubtful);
  const limit = threshold(flows.length * CHANGES.length, policy.falseAlarmsPerWeek / 2);
  for (const one of flows) {
    const low = one.low * withoutCarriers(one.series, lost);
    if (!doubtful(one.series.place)) weigh(one, low, at, policy);
  }
  const said = [
    ...silences.said,
    ...goOn(memory, flows, hour, policy, doubtful),
    ...openFlows(memory, flows, hour, limit, lost, doubtful),
  ];
  const completeness = at.holiday ? [] : feeds.flatMap((feed) => completenessOf(feed));
  for (const one of judged) remember(one, hour, memory);
  return { said, completeness };
}

/**
 * Events that the stages of a place owe since each last had one, but for the stage that owes most: one stage that stops is
 * no feed that stopped. Infinity for a place with one stage, where the two cannot be told apart.
 */
function owedElsewhere(flows: readonly Judged[]): (place: string) => number {
  const places = new Map<string, number[]>();
  for (const { series, watched } of flows) {
    const owed = places.get(series.place);
    if (owed) owed.push(watched.due);
    else places.set(series.place, [watched.due]);
  }
  return (place) => {
    const owed = places.get(place) ?? [];
    if (owed.length < 2) return Number.POSITIVE_INFINITY;
    return owed.reduce((sum, due) => sum + due, 0) - Math.max(...owed);
  };
}

function expectedOf(
  memory: Memory,
  { hour }: Hour,
  policy: FlowPolicy,
  expected: (series: Series, hour: number) => Expected,
): Judged[] {
  const judged: Judged[] = [];
  for (const series of inOrder(memory.series)) {
    const { key } = series;
    if (!judgeable(series, hour, policy.minPerDay, policy.learnFor / HOUR_MS)) continue;
    let watched = memory.watched.get(key);
    if (!watched) {
      watched = newWatched();
      memory.watched.set(key, watched);
    }
    const { low, high } = expected(series, hour);
    judged.push({ series, watched, factor: 1, low, high });
  }
  if (memory.watched.size > judged.length) {
    for (const key of memory.watched.keys()) if (!memory.series.byKey.has(key)) memory.watched.delete(key);
  }
  // Remembered is what was expected before others were asked: they are to be asked about it.
  for (const { series, watched, low, high } of judged) {
    watched.recent.observed = FADE * watched.recent.observed + series.passing;
    watched.recent.low = FADE * watched.recent.low + low;
    watched.recent.high = FADE * watched.recent.high + high;
  }
  const common = commonCause(judged, (place) => memory.flow.has(place) || memory.silent.has(place));
  for (const one of judged) {
    const factor = common(one);
    one.factor = factor.low;
    one.low *= factor.low;
    one.high *= factor.high;
  }
  return judged;
}

function weigh(
  { series, watched, high }: Judged,
  low: number,
  { hour, holiday, troubled }: Hour,
  policy: FlowPolicy,
): void {
  const dispersion = dispersionOf(watched.spread);
  // More than usual is news only where it is known what waits, and for how much longer than a place that just began.
  const young = !fed(series) || series.stage === "arrival" || hour - series.first < YOUNG * (policy.learnFor / HOUR_MS);
  for (const change of CHANGES) {
    const surge = change === "surge";
    const evidence = watched.evidence[change];
    if (surge ? young || troubled(series.place) : holiday) continue;
    accumulate(evidence, RATIOS[change], hour, series.passing, surge ? high : low, dispersion);
  }
}

/** Completeness is said when it changed by this much. */
const STEP = 0.1;
const SURE = 2.5;

function completenessOf({ series, watched, factor }: Heard & { readonly factor: number }): Completeness[] {
  if (series.dimension !== "carrier" && series.dimension !== "region") return [];
  const { observed } = watched.recent;
  const expected = watched.recent.low * factor;
  const missing = (expected - observed) / Math.sqrt(dispersionOf(watched.spread) * Math.max(1, expected));
  const share = missing > SURE ? Math.round((100 * observed) / expected) / 100 : 1;
  const changed = Math.abs(share - watched.said) >= STEP || (share === 1 && watched.said < 1);
  if (!changed) return [];
  watched.said = share;
  const { dimension, value } = series;
  return [{ dimension, value, observed: Math.round(observed), expected: Math.round(expected), share }];
}

/** Carriers that bring nothing or less, and the share they do not bring. */
function lostCarriers(memory: Memory, doubtful: ReadonlySet<string>): Map<string, number> {
  const lost = new Map<string, number>();
  for (const { dimension, value, observed, expected, change } of memory.flow.values()) {
    if (dimension !== "carrier" || change === "surge") continue;
    lost.set(value, Math.max(0, 1 - observed / Math.max(1, expected)));
  }
  for (const place of doubtful) if (place.startsWith("carrier|")) lost.set(place.slice("carrier|".length), 1);
  return lost;
}

/** The day's sums teach how much days vary; everything is cut to what is saved. */
function remember({ series, watched, low, high }: Judged, hour: number, memory: Memory): void {
  const { day } = watched;
  day.observed += series.passing;
  day.low += low;
  day.high += high;
  if (hour % 24 === 23) {
    // Days of trouble are no evidence of how much calm days vary.
    if (!memory.flow.has(series.place) && !memory.silent.has(series.place)) {
      learnDay(watched.spread, day.observed, day.low, day.high);
    }
    Object.assign(day, { observed: 0, low: 0, high: 0 });
  }
  settle(watched);
}
