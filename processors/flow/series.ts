import { addHour, emptySeason, type Season } from "../../forecasting/flow/season.ts";
import type { Dimension, Key, Movement, Stage } from "./movements.ts";
import { placeOf } from "./movements.ts";

/** Hours of the past a series is held against, and how long an order waits before it is taken for forgotten. */
export const PAST = 4 * 168;
export const FORGOTTEN = 14 * 24;
const DAYS = PAST / 24;

/** One series: what passed and what waited, by the hour in which it became known. */
export interface Series {
  readonly key: Key;
  readonly stage: Stage;
  readonly dimension: Dimension;
  readonly value: string;
  readonly place: string;
  /** Stage and dimension: series of one kind are asked about what they have in common. */
  readonly kind: string;
  /** Rings by hour, of the last `PAST` hours. */
  readonly passed: Int32Array;
  readonly waited: Int32Array;
  /** Ring by the hour of entering, of those that wait. */
  readonly entered: Int32Array;
  /** Now, and when the hour began. */
  waiting: number;
  before: number;
  /** Of the hour that is not closed yet. */
  passing: number;
  /** The latest time at which anything of it happened, ms. */
  latest: number;
  /** First hour of the past with anything in it; Infinity when there is none. */
  first: number;
  /** Sum of `passed`. */
  total: number;
  /** What is learned from: hours since `first` that nothing speaks against. */
  readonly season: Season;
  /** Events a day and carrier, to say how much of it is whose. */
  readonly carriers: Map<string, Int32Array>;
}

/** Whether an hour is left out of what is learned at a place. */
export type Masked = (place: string, hour: number) => boolean;

function newSeries(key: Key): Series {
  const [stage, dimension] = key.split("|", 2) as [Stage, Dimension];
  const value = key.slice(stage.length + dimension.length + 2);
  return {
    key,
    stage,
    dimension,
    value,
    place: placeOf(dimension, value),
    kind: `${stage}|${dimension}`,
    passed: new Int32Array(PAST),
    waited: new Int32Array(PAST),
    entered: new Int32Array(FORGOTTEN),
    waiting: 0,
    before: 0,
    passing: 0,
    latest: Number.NEGATIVE_INFINITY,
    first: Number.POSITIVE_INFINITY,
    total: 0,
    season: emptySeason(),
    carriers: new Map(),
  };
}

/** Every series by its key, and in the order of keys: sums over them are then the same whoever came first. */
export interface AllSeries {
  readonly byKey: Map<Key, Series>;
  sorted: readonly Series[] | undefined;
}

export const noSeries = (): AllSeries => ({ byKey: new Map(), sorted: undefined });

export function inOrder(all: AllSeries): readonly Series[] {
  all.sorted ??= [...all.byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return all.sorted;
}

/** What is told by this much later than it happened, after data was missing, is a backlog of data and no flow. */
const BACKLOG_HOURS = 2;
const HOUR_MS = 3_600_000;

/**
 * Counts a movement in the hour that is open.
 * @param since   hours before it are not held, so nobody leaves from them
 * @param within  whether a place was in an incident in an hour
 */
export function take(all: AllSeries, movement: Movement, since: number, within: Masked): void {
  const happened = Math.floor(movement.at / HOUR_MS);
  const late = movement.hour - happened > BACKLOG_HOURS;
  const backlog =
    late && (within(placeOf("carrier", movement.carrier), happened) || within(placeOf("all", "all"), happened));
  for (const key of movement.keys) {
    let series = all.byKey.get(key);
    if (!series) {
      series = newSeries(key);
      all.byKey.set(key, series);
      all.sorted = undefined;
    }
    const { hour, entered } = movement;
    if (movement.what === "passed") {
      series.latest = Math.max(series.latest, movement.at);
      if (backlog || (late && within(series.place, happened))) continue;
      series.passing += 1;
      if (movement.carrier === "") continue;
      const days = series.carriers.get(movement.carrier) ?? new Int32Array(DAYS);
      series.carriers.set(movement.carrier, days);
      const slot = Math.floor(hour / 24) % DAYS;
      days[slot] = (days[slot] ?? 0) + 1;
    } else if (movement.what === "entered") {
      series.entered[hour % FORGOTTEN] = (series.entered[hour % FORGOTTEN] ?? 0) + 1;
      series.waiting += 1;
    } else if (entered > hour - FORGOTTEN && entered >= since) {
      series.entered[entered % FORGOTTEN] = (series.entered[entered % FORGOTTEN] ?? 0) - 1;
      series.waiting -= 1;
    }
  }
}

/** Forgets those that entered so long ago, and the carriers of days that are over: before the hour is counted. */
export function openHour(all: AllSeries, hour: number): void {
  for (const series of all.byKey.values()) {
    const slot = hour % FORGOTTEN;
    series.waiting -= series.entered[slot] ?? 0;
    series.entered[slot] = 0;
    series.before = series.waiting;
    if (hour % 24 === 0) {
      for (const [carrier, days] of series.carriers) {
        days[(hour / 24) % DAYS] = 0;
        if (days.every((n) => n === 0)) series.carriers.delete(carrier);
      }
    }
  }
}

/** Closes the hour: what it held becomes past, what is older than the past leaves. */
export function closeHour(all: AllSeries, hour: number, masked: Masked): void {
  const gone = hour - PAST;
  for (const series of all.byKey.values()) {
    const slot = hour % PAST;
    // The hour that leaves, and with it the silence behind it: a place begins with its first event.
    if (series.first === gone) {
      let next = gone + 1;
      while (next < hour && (series.passed[next % PAST] ?? 0) === 0) next += 1;
      for (let h = gone; h < next; h += 1) learn(series, h, masked, -1);
      series.first = next < hour ? next : Number.POSITIVE_INFINITY;
    }
    series.total += series.passing - (series.passed[slot] ?? 0);
    series.passed[slot] = series.passing;
    series.waited[slot] = series.before;
    if (series.passing > 0 && series.first === Number.POSITIVE_INFINITY) series.first = hour;
    if (series.first <= hour) learn(series, hour, masked, 1);
    series.passing = 0;
    if (series.total > 0 || series.waiting > 0) continue;
    all.byKey.delete(series.key);
    all.sorted = undefined;
  }
}

function learn(series: Series, hour: number, masked: Masked, sign: 1 | -1): void {
  if (masked(series.place, hour)) return;
  addHour(series.season, hour, series.passed[hour % PAST] ?? 0, series.waited[hour % PAST] ?? 0, sign);
}

/** Takes hours of the past out of what was learned at a place: they turned out to be anything but normal. */
export function unlearn(all: AllSeries, place: string, from: number, now: number, masked: Masked): void {
  forPast(all, place, from, now, (series, hour) => learn(series, hour, masked, -1));
}

/** Learns from hours after all, when their mask is lifted. */
export function relearn(
  all: AllSeries,
  mask: { readonly place: string; readonly from: number; readonly until: number | null } | undefined,
  now: number,
  masked: Masked,
): void {
  if (!mask) return;
  forPast(all, mask.place, mask.from, Math.min(now, mask.until ?? now), (series, hour) =>
    learn(series, hour, masked, 1),
  );
}

function forPast(
  all: AllSeries,
  place: string,
  from: number,
  to: number,
  each: (series: Series, hour: number) => void,
): void {
  for (const series of all.byKey.values()) {
    if (series.place !== place) continue;
    for (let hour = Math.max(from, series.first); hour < to; hour += 1) each(series, hour);
  }
}

/** Share of a series that is of these carriers, 0..1, weighted. */
export function shareOf(series: Series, weights: ReadonlyMap<string, number>): number {
  let [theirs, all] = [0, 0];
  for (const [carrier, days] of [...series.carriers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const n = days.reduce((sum, day) => sum + day, 0);
    all += n;
    theirs += n * (weights.get(carrier) ?? 0);
  }
  return all === 0 ? 0 : theirs / all;
}
