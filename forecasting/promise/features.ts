import { moodOf, openUntil } from "./arrival.ts";
import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";
import type { Cohorts } from "./places.ts";
import type { Tallies } from "./tallies.ts";
import type { Traffic } from "./traffic.ts";

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
  "days of work on the way",
  "days of work on the way to the destination",
] as const;

const logit = (p: number): number => Math.log(Math.max(1e-4, p) / Math.max(1e-4, 1 - p));

/** What is known of an open order at a moment, shape (FEATURES.length,); NaN for what is not known. */
export function featuresOf(traffic: Traffic, course: Course, now: number): Float64Array {
  const { promised, placed, paid, handedOver } = course;
  const { transitClock, handOverClock, places, clocks } = traffic;
  const { weeks, fate, flow } = clocks;
  const { all } = places;
  const lane = traffic.laneOf(course);
  const { to } = lane;
  const seller = traffic.sellerOf(course);
  const moving = !Number.isNaN(handedOver);
  const bought = Number.isNaN(paid) ? placed : paid;
  const since = moving ? handedOver : bought;
  const clock = moving ? transitClock : handOverClock;
  const mood = moodOf(traffic, course);
  const together = moving ? cohortsOf(traffic, course) : { destination: 1, lane: 1, merchant: 1 };
  const { handOver } = mood;
  // Log-odds that the order is open at its promise, with factors on the hazards.
  const [slow, fast, local, left] = openUntil(traffic, course, now, promised, [
    { transit: 1, handOver: 1 },
    { transit: mood.all, handOver },
    { transit: mood.lane, handOver },
    { transit: Math.sqrt(mood.lane * together.lane), handOver },
  ]).map(logit) as [number, number, number, number];
  const days = (promised - now) / DAY_MS;
  const logDays = Math.log(days + 1);
  const base = fate.ratio(all.fate, 50, 0.06);
  const destinationLate = fate.ratio(to.fate, 20, base);
  return Float64Array.of(
    slow,
    fast,
    local,
    left,
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
    Math.log(weeks.ratio(to.weeks, 10, weeks.ratio(all.weeks, 20))),
    Math.log(together.destination),
    Math.log(together.lane),
    Math.log(together.merchant),
    fate.ratio(seller.fate, 10, base),
    Math.log(fate.ratio(seller.transit, 10)),
    destinationLate,
    fate.ratio(lane.fate, 20, destinationLate),
    fate.ratio(places.category(course.category), 20, base),
    Math.log(handOver),
    daysOfWork(seller.waiting, flow.perDay(seller.flow)),
    daysOfWork(all.carried, flow.perDay(all.flow)),
    daysOfWork(to.carried, flow.perDay(to.flow)),
  );
}

/** Logarithm of the days in which what waits is gone at the pace of late; a little doubt of both. */
const daysOfWork = (waiting: number, perDay: number): number => Math.log((waiting + 1) / (perDay + 0.2));

/** Weights of parcels handed over so many days apart. */
const NEAR = [0.3, 0.6, 1, 0.6, 0.3] as const;
const REACH = 2;

/** How those handed over about the same day fare, against what was expected of them. */
function cohortsOf(traffic: Traffic, course: Course) {
  const { cohort } = traffic.clocks;
  const day = Math.floor(course.handedOver / DAY_MS);
  const lane = traffic.laneOf(course);
  const destination = near(cohort, lane.to.cohorts, day, 5, 1);
  return {
    destination,
    lane: near(cohort, lane.cohorts, day, 4, destination),
    merchant: near(cohort, traffic.sellerOf(course).cohorts, day, 3, 1),
  };
}

function near(cohort: Tallies, cohorts: Cohorts, day: number, prior: number, above: number): number {
  let [observed, expected] = [prior * above, prior];
  for (let apart = -REACH; apart <= REACH; apart++) {
    const tally = cohorts.get(day + apart);
    if (!tally) continue;
    const weight = NEAR[apart + REACH] as number;
    observed += weight * cohort.observed(tally);
    expected += weight * cohort.expected(tally);
  }
  return observed / expected;
}
