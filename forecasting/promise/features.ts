import { moodOf, openUntil } from "./arrival.ts";
import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";
import { cumulated } from "./hazard.ts";
import type { Tallies } from "./tallies.ts";
import { laneOf, type Traffic } from "./traffic.ts";

/** What a risk is made from, by name as evidence shows it. */
export const FEATURES = [
  "expected by habit",
  "expected of late",
  "expected of late on the lane",
  "expected of parcels that left together",
  "handed over",
  "days before",
  "signs of life",
  "log days before",
  "habit by days before",
  "of late by days before",
  "working days left",
  "working age",
  "days in stage",
  "promise length",
  "handling days",
  "days since moved",
  "momentum of all",
  "momentum of the destination",
  "momentum of the lane",
  "momentum of the origin",
  "momentum over weeks",
  "left together, destination",
  "left together, lane",
  "left together, merchant",
  "late share of the merchant",
  "speed of the merchant's parcels",
  "late share of the destination",
  "late share of the lane",
  "late share of the category",
  "momentum of the merchant",
  "backlog of the merchant",
  "load of the destination",
  "load of all",
  "growth of the flow",
  "value",
  "weekday",
  "usual days",
  "tightness",
] as const;

/** The first of them are used linearly. */
export const LINEAR = 10;

const logit = (p: number): number => Math.log(Math.max(1e-4, p) / Math.max(1e-4, 1 - p));

/** Log-odds that the order is open at its promise, with factors on the hazards. */
const lateBy = (traffic: Traffic, course: Course, now: number, transit: number, handOver: number): number =>
  logit(openUntil(traffic, course, now, course.promised, transit, handOver));

/** What is known of an open order at a moment, shape (FEATURES.length,); NaN for what is not known. */
export function featuresOf(traffic: Traffic, course: Course, now: number): Float64Array {
  const { merchant, destination, category, promised, placed, paid, handedOver } = course;
  const { transitClock, handOverClock, mood20, fates, flow, flowLong } = traffic;
  const moving = !Number.isNaN(handedOver);
  const bought = Number.isNaN(paid) ? placed : paid;
  const since = moving ? handedOver : bought;
  const clock = moving ? transitClock : handOverClock;
  const mood = moodOf(traffic, course);
  const together = moving ? cohorts(traffic, course) : { destination: 1, lane: 1, merchant: 1 };
  const slow = lateBy(traffic, course, now, 1, 1);
  const fast = lateBy(traffic, course, now, mood.all, mood.handOver);
  const days = (promised - now) / DAY_MS;
  const logDays = Math.log(days + 1);
  const base = fates.ratio("", 50, 0.06);
  const destinationLate = fates.ratio(`>${destination}`, 20, base);
  const usual = medianOf(traffic.transitRates(course));
  return Float64Array.of(
    slow,
    fast,
    lateBy(traffic, course, now, mood.lane, mood.handOver),
    lateBy(traffic, course, now, Math.sqrt(mood.lane * together.lane), mood.handOver),
    moving ? 1 : 0,
    days,
    course.kinds.size,
    logDays,
    logDays * slow,
    logDays * fast,
    transitClock.between(now, promised),
    clock.between(since, now),
    (now - since) / DAY_MS,
    (promised - placed) / DAY_MS,
    moving ? (handedOver - bought) / DAY_MS : Number.NaN,
    (now - course.moved) / DAY_MS,
    Math.log(mood.all),
    Math.log(mood.destination),
    Math.log(mood.lane),
    Math.log(mood.origin),
    Math.log(mood20.ratio(`t>${destination}`, 10, mood20.ratio("t", 20))),
    Math.log(together.destination),
    Math.log(together.lane),
    Math.log(together.merchant),
    fates.ratio(`m${merchant}`, 10, base),
    Math.log(fates.ratio(`transit ${merchant}`, 10)),
    destinationLate,
    fates.ratio(laneOf(course), 20, destinationLate),
    fates.ratio(`c${category}`, 20, base),
    Math.log(mood.handOver),
    Math.log((traffic.waiting(`p|${merchant}`) + 1) / (flow.perDay(`p${merchant}`) + 0.2)),
    Math.log((traffic.waiting(`t|${destination}`) + 1) / (flowLong.perDay(`d>${destination}`) + 0.2)),
    Math.log((traffic.waiting("t") + 1) / (flowLong.perDay("d") + 0.2)),
    Math.log((flow.perDay("d") + 1) / (flowLong.perDay("d") + 1)),
    course.value,
    Math.floor(now / DAY_MS) % 7,
    usual,
    usual / Math.max(1, transitClock.between(placed, promised)),
  );
}

/** Weights of parcels handed over so many days apart. */
const NEAR = [
  [-2, 0.3],
  [-1, 0.6],
  [0, 1],
  [1, 0.6],
  [2, 0.3],
] as const;

/** How those handed over about the same day fare, against what was expected of them. */
function cohorts({ cohorts: told }: Traffic, course: Course) {
  const day = Math.floor(course.handedOver / DAY_MS);
  const destination = near(told, `>${course.destination}`, day, 5, 1);
  const lane = near(told, laneOf(course), day, 4, destination);
  return { destination, lane, merchant: near(told, `s${course.merchant}`, day, 3, 1) };
}

function near(told: Tallies, name: string, day: number, prior: number, above: number): number {
  let [observed, expected] = [prior * above, prior];
  for (const [apart, weight] of NEAR) {
    const pair = told.pair(`${name}@${day + apart}`);
    if (!pair) continue;
    observed += weight * (pair[0] as number);
    expected += weight * (pair[1] as number);
  }
  return observed / expected;
}

/** Working days by which half have arrived. */
function medianOf(rates: Float64Array): number {
  let hazard = 0;
  for (let age = 0; age < 60; age++) {
    hazard += cumulated(rates, age, age + 1);
    if (hazard > Math.LN2) return age;
  }
  return 60;
}
