import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";
import { cumulatedTo } from "./hazard.ts";
import type { Traffic } from "./traffic.ts";

/** What is left to be handed over is no longer followed below this. */
const HARDLY_ANY = 1e-5;

/** How the hazards of the last days differ from the long run's, for one order. */
export interface Mood {
  readonly all: number;
  readonly destination: number;
  readonly lane: number;
  readonly origin: number;
  readonly handOver: number;
}

export function moodOf(traffic: Traffic, course: Course): Mood {
  const { places, clocks } = traffic;
  const { mood } = clocks;
  const lane = traffic.laneOf(course);
  const all = mood.ratio(places.all.mood, 20);
  const destination = mood.ratio(lane.to.mood, 8, all);
  return {
    all,
    destination,
    lane: mood.ratio(lane.mood, 6, destination),
    origin: mood.ratio(lane.from, 8, all),
    handOver: mood.ratio(traffic.sellerOf(course).mood, 4, mood.ratio(places.handOver, 20)),
  };
}

/** Factors on the hazards of being delivered and of being handed over. */
export interface Factors {
  readonly transit: number;
  readonly handOver: number;
}

/**
 * Probabilities that an open order has not arrived by a later moment, one for each of the factors: the hazard of its
 * lane at its age, and before it is handed over that of its merchant, day by day.
 * @param now    ms
 * @param until  ms
 */
export function openUntil(
  traffic: Traffic,
  course: Course,
  now: number,
  until: number,
  factors: readonly Factors[],
): number[] {
  const { transitClock } = traffic;
  const curve = traffic.transitCurve(course);
  if (!Number.isNaN(course.handedOver)) {
    const age = transitClock.between(course.handedOver, now);
    const later = age + Math.max(0, transitClock.between(now, until));
    const hazard = cumulatedTo(curve, later) - cumulatedTo(curve, age);
    return factors.map(({ transit }) => Math.exp(-transit * hazard));
  }
  const open = factors.map(() => 0);
  const waiting = factors.map(() => 1);
  for (let from = now; from < until; from += DAY_MS) {
    const to = Math.min(until, from + DAY_MS);
    const waited = handOverHazard(traffic, course, now, to);
    const carried = cumulatedTo(curve, transitClock.between((from + to) / 2, until));
    for (let i = 0; i < factors.length; i++) {
      const { transit, handOver } = factors[i] as Factors;
      const left = Math.exp(-handOver * waited);
      open[i] = (open[i] as number) + ((waiting[i] as number) - left) * Math.exp(-transit * carried);
      waiting[i] = left;
    }
  }
  return open.map((p, i) => p + (waiting[i] as number));
}

/** Hazard of being handed over that adds up between two moments. */
function handOverHazard(traffic: Traffic, course: Course, now: number, to: number): number {
  const clock = traffic.handOverClock;
  const curve = traffic.handOverCurve(course);
  const age = clock.between(Number.isNaN(course.paid) ? course.placed : course.paid, now);
  return cumulatedTo(curve, age + clock.between(now, to)) - cumulatedTo(curve, age);
}

/**
 * Minus the logarithm of the probability of being open, at the end of each day from now on.
 * @returns a function of days ahead, from 1 on
 */
function hazardByDay(traffic: Traffic, course: Course, now: number, { transit, handOver }: Factors) {
  const { transitClock } = traffic;
  const curve = traffic.transitCurve(course);
  if (!Number.isNaN(course.handedOver)) {
    const age = transitClock.between(course.handedOver, now);
    const before = cumulatedTo(curve, age);
    return (day: number) =>
      transit * (cumulatedTo(curve, age + transitClock.between(now, now + day * DAY_MS)) - before);
  }
  const left: number[] = [1];
  return (day: number) => {
    for (let d = left.length; d <= day; d++)
      left.push(
        (left.at(-1) as number) < HARDLY_ANY
          ? 0
          : Math.exp(-handOver * handOverHazard(traffic, course, now, now + d * DAY_MS)),
      );
    let open = left[day] as number;
    for (let d = 0; d < day; d++) {
      const mass = (left[d] as number) - (left[d + 1] as number);
      if (mass === 0) break;
      const carried = transitClock.between(now + (d + 0.5) * DAY_MS, now + day * DAY_MS);
      open += mass * Math.exp(-transit * cumulatedTo(curve, carried));
    }
    return -Math.log(Math.max(1e-12, open));
  };
}

/** What is said of an order's promise, from which its arrival follows. */
export interface Prospect {
  /** Probability of arriving after the promise. */
  readonly risk: number;
  /** Days after the promise by which this share of the late has arrived. */
  readonly lateBy: (share: number) => number;
}

/**
 * Moments by which an open order has arrived with given probabilities, if it arrives at all, in keeping with the risk of
 * its promise: at the promise the distribution says exactly that risk. Before it the hazards of the order say when, even
 * between days; after it what late orders did of late, since hazards also know of those that never arrive.
 * @param levels  probabilities, ascending
 * @returns ms
 */
export function arrivalTimes(
  traffic: Traffic,
  course: Course,
  now: number,
  { risk, lateBy }: Prospect,
  levels: readonly number[],
): number[] {
  const { lane, handOver } = moodOf(traffic, course);
  const factors = { transit: lane, handOver };
  const within = (p: number) => -Math.log(Math.min(0.9999, Math.max(1e-4, p)));
  const [open] = openUntil(traffic, course, now, course.promised, [factors]) as [number];
  const atPromise = within(open);
  const bend = within(risk) / atPromise;
  const byDay = hazardByDay(traffic, course, now, factors);
  const promise = (course.promised - now) / DAY_MS;

  const times: number[] = [];
  let [from, reached] = [0, 0];
  let [to, next] = promise < 1 ? [promise, atPromise] : [1, byDay(1)];
  for (const level of levels) {
    if (level > 1 - risk) {
      times.push(Math.round(course.promised + lateBy((level - (1 - risk)) / risk) * DAY_MS));
      continue;
    }
    const target = -Math.log(1 - level) / bend;
    while (next < target && to < promise) {
      [from, reached] = [to, next];
      const day = Math.floor(from) + 1;
      // The promise is a knot of its own, so that what is said of it holds to the moment.
      [to, next] = day >= promise ? [promise, Math.max(reached, atPromise)] : [day, Math.max(reached, byDay(day))];
    }
    const part = next > reached ? Math.min(1, (target - reached) / (next - reached)) : 1;
    times.push(Math.round(now + (from + Math.max(0, part) * (to - from)) * DAY_MS));
  }
  return times;
}
