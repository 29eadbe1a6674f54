import { DAY_MS, WorkClock } from "./clock.ts";
import type { Course } from "./course.ts";
import { binOf, type Curve, Hazards } from "./hazard.ts";
import { type Clocks, type Cohorts, HABIT, type Lane, MOOD, Places, type Seller } from "./places.ts";
import { Tallies } from "./tallies.ts";

/** Parcels silent for longer, working days, are lost or forgotten and say nothing of those that move. */
const FORGOTTEN = 60;
/** Days after which parcels that left together are no longer compared, and how often that is looked at. */
const COHORT = { keep: 200, every: 28 };

const handOverFrom = ({ paid, placed }: Course): number => (Number.isNaN(paid) ? placed : paid);

/**
 * What is learned from how all orders move: hazards of being handed over and of being delivered by age, for lanes
 * within destinations, and how the last days compare with them. Open orders count for the time they have been open.
 */
export class Traffic {
  readonly transitClock: WorkClock;
  readonly handOverClock: WorkClock;
  readonly #transit = new Hazards(8);
  readonly #handOver = new Hazards(6);
  readonly clocks: Clocks = {
    mood: new Tallies(MOOD),
    weeks: new Tallies(20),
    cohort: new Tallies(30),
    fate: new Tallies(HABIT),
    flow: new Tallies(7),
  };
  readonly places = new Places(this.clocks, this.#transit, this.#handOver);
  #handedOver: Course[] = [];
  #delivered: Course[] = [];

  constructor(holiday: (day: number) => boolean) {
    this.transitClock = new WorkClock(holiday);
    this.handOverClock = new WorkClock(holiday);
  }

  laneOf(course: Course): Lane {
    course.lane ??= this.places.lane(course.origin, course.destination, course.carrier);
    return course.lane;
  }

  sellerOf(course: Course): Seller {
    course.seller ??= this.places.seller(course.merchant);
    return course.seller;
  }

  transitCurve(course: Course): Curve {
    return this.#transit.curve(this.laneOf(course).counts);
  }

  handOverCurve(course: Course): Curve {
    return this.#handOver.curve(this.sellerOf(course).counts);
  }

  /** Changes how many wait to be handed over, if this one does. */
  count(course: Course, by: 1 | -1): void {
    if (Number.isNaN(course.handedOver)) this.sellerOf(course).waiting += by;
  }

  handedOver(course: Course): void {
    this.#handedOver.push(course);
  }

  delivered(course: Course): void {
    if (!Number.isNaN(course.handedOver)) this.#delivered.push(course);
  }

  /** What became of an order and its promise. */
  judged(course: Course, late: boolean): void {
    const { places, clocks } = this;
    const lane = this.laneOf(course);
    const missed = late ? 1 : 0;
    const fates = [
      places.all.fate,
      lane.fate,
      lane.to.fate,
      this.sellerOf(course).fate,
      places.category(course.category),
    ];
    for (const fate of fates) clocks.fate.add(fate, missed, 1);
  }

  /** Accounts for day n since 1970, which is over. @param open  orders that are not */
  closeDay(day: number, open: Iterable<Course>): void {
    const keep = 0.5 ** (1 / HABIT);
    for (const tallies of Object.values(this.clocks) as Tallies[]) tallies.fade();
    this.#transit.fade(keep);
    this.#handOver.fade(keep);
    const end = (day + 1) * DAY_MS;
    this.places.noneCarried();
    const carried: Total = { weight: this.transitClock.weight(day), events: 0, exposure: 0 };
    const handed: Total = { weight: this.handOverClock.weight(day), events: 0, exposure: 0 };
    for (const course of this.#handedOver) this.#handOverDay(course, day, course.handedOver, 1, handed);
    for (const course of this.#delivered) this.#transitDay(course, day, course.delivered, 1, carried);
    for (const course of open) {
      if (Number.isNaN(course.handedOver)) this.#handOverDay(course, day, end, 0, handed);
      else this.#transitDay(course, day, end, 0, carried);
    }
    this.transitClock.close(day, carried.events, carried.exposure, keep);
    this.handOverClock.close(day, handed.events, handed.exposure, keep);
    this.#handedOver = [];
    this.#delivered = [];
    this.#transit.publish();
    this.#handOver.publish();
    if (day % COHORT.every === 0) this.places.forget(day - COHORT.keep);
  }

  #transitDay(course: Course, day: number, until: number, event: number, total: Total): void {
    const { handedOver } = course;
    const from = Math.max(day * DAY_MS, handedOver);
    const age = this.transitClock.between(handedOver, from);
    if (age > FORGOTTEN) return;
    const part = partOf(day, from, until);
    const exposure = part * total.weight;
    const lane = this.laneOf(course);
    const seller = this.sellerOf(course);
    const { to } = lane;
    const { all } = this.places;
    const { mood, weeks, fate, flow } = this.clocks;
    const expected = exposure * (this.#transit.curve(lane.counts).rates[binOf(age)] as number);
    for (const place of [all, to]) {
      if (event > 0) flow.add(place.flow, event, 0);
      else place.carried++;
    }
    total.events += event;
    total.exposure += part;
    mood.add(all.mood, event, expected);
    mood.add(to.mood, event, expected);
    mood.add(lane.mood, event, expected);
    mood.add(lane.from, event, expected);
    weeks.add(all.weeks, event, expected);
    weeks.add(to.weeks, event, expected);
    const left = Math.floor(handedOver / DAY_MS);
    this.#together(to.cohorts, left, event, expected);
    this.#together(lane.cohorts, left, event, expected);
    this.#together(seller.cohorts, left, event, expected);
    fate.add(seller.transit, event, expected);
    this.#transit.add(lane.counts, age, exposure, event);
  }

  #together(cohorts: Cohorts, left: number, event: number, expected: number): void {
    let tally = cohorts.get(left);
    if (!tally) {
      tally = this.clocks.cohort.start();
      cohorts.set(left, tally);
    }
    this.clocks.cohort.add(tally, event, expected);
  }

  #handOverDay(course: Course, day: number, until: number, event: number, total: Total): void {
    const since = handOverFrom(course);
    const from = Math.max(day * DAY_MS, since);
    const age = this.handOverClock.between(since, from);
    if (age > FORGOTTEN) return;
    const part = partOf(day, from, until);
    const exposure = part * total.weight;
    const seller = this.sellerOf(course);
    const expected = exposure * (this.#handOver.curve(seller.counts).rates[binOf(age)] as number);
    total.events += event;
    total.exposure += part;
    this.clocks.mood.add(this.places.handOver, event, expected);
    this.clocks.mood.add(seller.mood, event, expected);
    this.#handOver.add(seller.counts, age, exposure, event);
    if (event > 0) this.clocks.flow.add(seller.flow, event, 0);
  }
}

/** A day: what an hour in it counts for, what happened, and to how many it could have, in days. */
interface Total {
  readonly weight: number;
  events: number;
  exposure: number;
}

/** The part of a day, in days, from `from` on until `until`. */
const partOf = (day: number, from: number, until: number): number =>
  Math.max(0, Math.min(until, (day + 1) * DAY_MS) - from) / DAY_MS;
