import {
  accumulate,
  CHANGES,
  dispersionOf,
  learnDay,
  noEvidence,
  RATIOS,
  threshold,
} from "../../forecasting/flow/evidence.ts";
import { commonCause, type Expected, expectations, FED, judgeable, longestSilence, withoutCarriers } from "./expect.ts";
import { incidentId, measureOf, type Open, type Said, sizeOf } from "./incident.ts";
import { type Key, placeOf } from "./movements.ts";
import type { FlowPolicy } from "./policy.ts";
import { type AllSeries, inOrder, type Masked, type Series, shareOf } from "./series.ts";
import { type Heard, hear } from "./silence.ts";
import { newWatched, settle, type Watched } from "./watched.ts";

const HOUR_MS = 3_600_000;
/** What is recent fades by this an hour: half a day. */
const FADE = 1 - 1 / 12;
const YOUNG = 2;
/** A feast may be quieter than a Sunday, but not silent. */
const FEAST = 0.25;

/** All that is remembered between two hours. */
export interface Memory {
  readonly series: AllSeries;
  readonly watched: Map<Key, Watched>;
  /** Open incidents of parcels, and of data, by place. */
  readonly flow: Map<string, Open>;
  readonly silent: Map<string, Open>;
}

export interface Hour {
  readonly hour: number;
  readonly holiday: boolean;
  /** Whether a place had an incident of late: what dammed up flows off, and that is no surge. */
  readonly troubled: (place: string) => boolean;
  readonly masked: Masked;
}

/** One judged series in one hour. */
interface Judged {
  readonly series: Series;
  readonly watched: Watched;
  low: number;
  high: number;
  /** Of the low expectation: what other places have in common. */
  factor: number;
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
      feeds.push({ ...one, expected: at.holiday ? one.low * FEAST : one.low, longest });
    }
  }
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
    const factor = common(one.series);
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
  const young = !FED.has(series.stage) || hour - series.first < YOUNG * (policy.learnFor / HOUR_MS);
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

/** Open incidents of parcels: how they grow, and whether they are over. */
function goOn(
  memory: Memory,
  flows: readonly Judged[],
  hour: number,
  policy: FlowPolicy,
  doubtful: (place: string) => boolean,
): Said[] {
  const said: Said[] = [];
  if (memory.flow.size === 0) return said;
  const byPlace = new Map<string, Judged[]>();
  for (const one of flows) byPlace.set(one.series.place, [...(byPlace.get(one.series.place) ?? []), one]);
  for (const [place, incident] of [...memory.flow].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const there = byPlace.get(place) ?? [];
    const mine = there.find(({ series }) => series.stage === incident.stage);
    const waiting = mine?.series.waiting ?? 0;
    if (mine && !doubtful(place)) {
      const surge = incident.change === "surge";
      incident.observed += mine.series.passing;
      incident.expected += surge ? mine.high : mine.low;
      const { observed, low, high } = mine.watched.recent;
      const normal = surge ? observed <= high / policy.recovered : observed >= policy.recovered * low;
      if (!normal) incident.last = hour;
    }
    if (hour - incident.last >= policy.resolveAfter / HOUR_MS) {
      memory.flow.delete(place);
      for (const { watched } of there) for (const change of CHANGES) watched.evidence[change] = noEvidence();
      said.push({ incident, change: "resolved", hour, waiting });
    } else if (sizeOf(incident) >= 2 * incident.saidSize) {
      incident.saidSize = sizeOf(incident);
      said.push({ incident: { ...incident }, change: "grew", hour, waiting });
    }
  }
  return said;
}

/** Who explains whom: a carrier its parcels everywhere, a hub and a region the lanes through them. */
const ORDER = ["carrier", "hub", "region", "all", "lane"];

function openFlows(
  memory: Memory,
  flows: readonly Judged[],
  hour: number,
  limit: number,
  lost: ReadonlyMap<string, number>,
  doubtful: (place: string) => boolean,
): Said[] {
  const said: Said[] = [];
  const candidates = flows
    .filter(({ series, watched }) => {
      const { stop, collapse, surge } = watched.evidence;
      return Math.max(stop.score, collapse.score, surge.score) >= limit && !doubtful(series.place);
    })
    .flatMap((one) => CHANGES.map((change) => ({ ...one, change, evidence: one.watched.evidence[change] })))
    .filter(({ evidence }) => evidence.score >= limit)
    .sort(
      (a, b) =>
        ORDER.indexOf(a.series.dimension) - ORDER.indexOf(b.series.dimension) ||
        b.evidence.score - a.evidence.score ||
        (a.series.key < b.series.key ? -1 : 1),
    );
  for (const { series, change, evidence, watched } of candidates) {
    if (memory.flow.has(series.place)) continue;
    if (isExplained(memory, series, change, evidence, lost)) {
      watched.evidence[change] = noEvidence();
      continue;
    }
    const { observed, expected, score, since } = evidence;
    const incident: Open = {
      id: incidentId(measureOf(series.stage), series.place, (hour + 1) * HOUR_MS),
      measure: measureOf(series.stage),
      dimension: series.dimension,
      value: series.value,
      stage: series.stage,
      change,
      since,
      opened: hour,
      last: hour,
      observed,
      expected,
      saidSize: Math.abs(expected - observed),
      score,
      parcels: 0,
      back: undefined,
    };
    memory.flow.set(series.place, incident);
    said.push({ incident: { ...incident }, change: "opened", hour, waiting: series.waiting });
  }
  return said;
}

/** A place is not the place of an incident when others that have one hold this share of what it lacks. */
const EXPLAINED = 0.5;

function isExplained(
  memory: Memory,
  series: Series,
  change: string,
  { observed, expected }: { readonly observed: number; readonly expected: number },
  lost: ReadonlyMap<string, number>,
): boolean {
  if (change === "surge") return false;
  const open = (dimension: string, value: string) => memory.flow.has(placeOf(dimension, value));
  if (series.dimension === "lane") {
    return memory.flow.has("all|all") || series.value.split(">").some((region) => open("region", region));
  }
  const missing = expected - observed;
  if (series.dimension === "carrier") return false;
  const carriers = new Map(lost);
  for (const incident of memory.flow.values()) {
    if (incident.dimension !== "carrier" || incident.change === "surge") continue;
    carriers.set(incident.value, Math.max(0, 1 - incident.observed / Math.max(1, incident.expected)));
  }
  if (shareOf(series, carriers) * expected >= EXPLAINED * missing) return true;
  if (series.dimension !== "all") return false;
  let theirs = 0;
  for (const incident of memory.flow.values()) {
    if (incident.stage === series.stage && incident.dimension !== "lane") theirs = Math.max(theirs, sizeOf(incident));
  }
  return theirs >= EXPLAINED * missing;
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
