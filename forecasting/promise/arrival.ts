import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";
import { cumulated } from "./hazard.ts";
import { laneOf, type Traffic } from "./traffic.ts";

/** Days ahead an arrival is looked for. */
const HORIZON = 60;

/** How the hazards of the last days differ from the long run's, for one order. */
export interface Mood {
  readonly all: number;
  readonly destination: number;
  readonly lane: number;
  readonly origin: number;
  readonly handOver: number;
}

export function moodOf({ mood }: Traffic, course: Course): Mood {
  const all = mood.ratio("t", 20);
  const destination = mood.ratio(`t>${course.destination}`, 8, all);
  const lane = mood.ratio(`t${laneOf(course)}`, 6, destination);
  const origin = mood.ratio(`t${course.origin}`, 8, all);
  return { all, destination, lane, origin, handOver: mood.ratio(`p${course.merchant}`, 4, mood.ratio("p", 20)) };
}

/**
 * Probability that an open order has not arrived by a later moment: the hazard of its lane at its age, and before
 * it is handed over that of its merchant, day by day.
 * @param now    ms
 * @param until  ms
 * @param transit, handOver  factors on the hazards
 */
export function openUntil(
  traffic: Traffic,
  course: Course,
  now: number,
  until: number,
  transit: number,
  handOver: number,
): number {
  const rates = traffic.transitRates(course);
  const { transitClock, handOverClock } = traffic;
  if (!Number.isNaN(course.handedOver)) {
    return still(rates, transit, transitClock.between(course.handedOver, now), transitClock.between(now, until));
  }
  const since = Number.isNaN(course.paid) ? course.placed : course.paid;
  const waits = traffic.handOverRates(course);
  let age = handOverClock.between(since, now);
  let waiting = 1;
  let open = 0;
  for (let from = now; from < until; from += DAY_MS) {
    const to = Math.min(until, from + DAY_MS);
    const worked = handOverClock.between(from, to);
    const left = waiting * Math.exp(-handOver * cumulated(waits, age, age + worked));
    age += worked;
    open += (waiting - left) * still(rates, transit, 0, transitClock.between((from + to) / 2, until));
    waiting = left;
  }
  return open + waiting;
}

/** Probability that a parcel of that age is still on its way after so many more working days. */
const still = (rates: Float64Array, factor: number, age: number, days: number): number =>
  Math.exp(-factor * cumulated(rates, age, age + Math.max(0, days)));

/**
 * Moments by which an open order has arrived with given probabilities, in keeping with the risk of its promise:
 * at the promise the distribution says exactly that risk.
 * @param risk    probability of arriving after the promise
 * @param levels  probabilities, ascending
 * @returns ms; at most 60 days ahead
 */
export function arrivalTimes(
  traffic: Traffic,
  course: Course,
  now: number,
  risk: number,
  levels: readonly number[],
): number[] {
  const { lane, handOver } = moodOf(traffic, course);
  const open = (until: number) => openUntil(traffic, course, now, until, lane, handOver);
  const atPromise = Math.min(0.9999, Math.max(1e-4, open(course.promised)));
  const bend = Math.log(Math.min(0.9999, Math.max(1e-4, risk))) / Math.log(atPromise);
  return levels.map((level) => {
    const target = (1 - level) ** (1 / bend);
    let [low, high] = [now, now + HORIZON * DAY_MS];
    if (open(high) > target) return high;
    for (let i = 0; i < 11; i++) {
      const middle = (low + high) / 2;
      if (open(middle) > target) low = middle;
      else high = middle;
    }
    return Math.round((low + high) / 2);
  });
}
