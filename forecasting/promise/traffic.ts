import { DAY_MS, WorkClock } from "./clock.ts";
import type { Course } from "./course.ts";
import { binOf, type Counts, Hazards } from "./hazard.ts";
import { Tallies } from "./tallies.ts";

/** Days after which the past counts half: how long a habit lasts, and how fast a jam is noticed. */
const HABIT = 60;
const MOOD = 4;
/** Parcels silent for longer, working days, are lost or forgotten and say nothing of those that move. */
const FORGOTTEN = 60;

export const laneOf = ({ origin, destination }: Course): string => `${origin}>${destination}`;
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
  /** Of late: happened over expected, by place. */
  readonly mood = new Tallies(MOOD);
  readonly mood20 = new Tallies(20);
  /** The same by the day of hand-over: parcels that left together arrive, or wait, together. */
  readonly cohorts = new Tallies(30);
  readonly fates = new Tallies(HABIT);
  readonly flow = new Tallies(7);
  readonly flowLong = new Tallies(45);
  /** Orders in a stage now. */
  readonly #waiting = new Map<string, number>();
  readonly #rates = new Map<Counts, Float64Array>();
  #handedOver: Course[] = [];
  #delivered: Course[] = [];

  constructor(holiday: (day: number) => boolean) {
    this.transitClock = new WorkClock(holiday);
    this.handOverClock = new WorkClock(holiday);
  }

  transitRates(course: Course): Float64Array {
    return this.#ratesOf(this.#transit, this.#transitGroup(course));
  }

  handOverRates({ merchant }: Course): Float64Array {
    return this.#ratesOf(this.#handOver, this.#handOverGroup(merchant));
  }

  /** Changes how many wait in the order's stage. */
  count(course: Course, by: 1 | -1): void {
    const { merchant, destination } = course;
    const names = Number.isNaN(course.handedOver) ? [`p|${merchant}`] : ["t", `t|${destination}`];
    for (const name of names) this.#waiting.set(name, (this.#waiting.get(name) ?? 0) + by);
  }

  waiting(name: string): number {
    return this.#waiting.get(name) ?? 0;
  }

  handedOver(course: Course): void {
    this.#handedOver.push(course);
  }

  delivered(course: Course): void {
    if (!Number.isNaN(course.handedOver)) this.#delivered.push(course);
  }

  /** What became of an order and its promise. */
  judged(course: Course, late: boolean): void {
    const { merchant, destination, category } = course;
    for (const name of ["", `m${merchant}`, `>${destination}`, laneOf(course), `c${category}`]) {
      this.fates.add(name, late ? 1 : 0, 1);
    }
  }

  /** Accounts for day n since 1970, which is over. @param open  orders that are not */
  closeDay(day: number, open: Iterable<Course>): void {
    const keep = 0.5 ** (1 / HABIT);
    this.#transit.fade(keep);
    this.#handOver.fade(keep);
    for (const tallies of [this.mood, this.mood20, this.cohorts, this.fates, this.flow, this.flowLong]) tallies.fade();
    const end = (day + 1) * DAY_MS;
    const [carried, handed] = [
      { events: 0, exposure: 0 },
      { events: 0, exposure: 0 },
    ];
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
    this.#rates.clear();
  }

  #transitDay(course: Course, day: number, until: number, event: number, total: Total): void {
    const { origin, destination, merchant, handedOver } = course;
    const { from, part } = share(day, handedOver, until);
    const age = this.transitClock.between(handedOver, from);
    if (age > FORGOTTEN) return;
    const exposure = part * this.transitClock.weight(day);
    const expected = exposure * (this.transitRates(course)[binOf(age)] as number);
    total.events += event;
    total.exposure += part;
    const lane = laneOf(course);
    for (const mood of [this.mood, this.mood20]) {
      for (const name of ["t", `t>${destination}`, `t${lane}`, `t${origin}`, `tc${course.carrier}`]) {
        mood.add(name, event, expected);
      }
    }
    const cohort = Math.floor(handedOver / DAY_MS);
    for (const name of [`>${destination}`, lane, `s${merchant}`])
      this.cohorts.add(`${name}@${cohort}`, event, expected);
    this.fates.add(`transit ${merchant}`, event, expected);
    this.#transit.add(this.#transitGroup(course), age, exposure, event);
    for (const name of ["d", `d>${destination}`]) {
      this.flow.add(name, event, 0);
      this.flowLong.add(name, event, 0);
    }
  }

  #handOverDay(course: Course, day: number, until: number, event: number, total: Total): void {
    const { merchant } = course;
    const since = handOverFrom(course);
    const { from, part } = share(day, since, until);
    const age = this.handOverClock.between(since, from);
    if (age > FORGOTTEN) return;
    const exposure = part * this.handOverClock.weight(day);
    const expected = exposure * (this.handOverRates(course)[binOf(age)] as number);
    total.events += event;
    total.exposure += part;
    for (const name of ["p", `p${merchant}`]) this.mood.add(name, event, expected);
    this.#handOver.add(this.#handOverGroup(merchant), age, exposure, event);
    this.flow.add(`p${merchant}`, event, 0);
  }

  #transitGroup({ destination, origin, carrier }: Course): Counts {
    const hazards = this.#transit;
    const lane = hazards.within(hazards.within(hazards.all, destination), origin);
    return carrier === "" ? lane : hazards.within(lane, carrier);
  }

  #handOverGroup(merchant: string): Counts {
    return this.#handOver.within(this.#handOver.all, merchant);
  }

  #ratesOf(hazards: Hazards, group: Counts): Float64Array {
    let rates = this.#rates.get(group);
    if (!rates) {
      rates = hazards.rates(group);
      this.#rates.set(group, rates);
    }
    return rates;
  }
}

interface Total {
  events: number;
  exposure: number;
}

/** The part of a day, in days, from `since` on until `until`. */
function share(day: number, since: number, until: number): { from: number; part: number } {
  const start = day * DAY_MS;
  const from = Math.max(start, since);
  return { from, part: Math.max(0, Math.min(until, start + DAY_MS) - from) / DAY_MS };
}
