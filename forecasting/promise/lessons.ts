import { Calibration, type Correction } from "./calibration.ts";
import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";
import { OLDEST_OVERDUE, type Overdue, overdueOf } from "./overdue.ts";
import { type Example, LEVEL_COUNT, learnRisk, type RiskModel } from "./risk-model.ts";

/** An order as it looked once, and what was said of it then. */
export interface Note {
  readonly at: number;
  readonly x: Float64Array;
  /** NaN when nothing was learned yet. */
  readonly logOdds: number;
  readonly level: number;
}
/** Looks at an open order under one promise, and the names of what was said then. */
interface Pending {
  readonly promised: number;
  readonly notes: Note[];
  readonly said: number[];
}
interface Settled extends Note {
  readonly course: Course;
  readonly y: number;
}

/** Looks kept to learn from, and how fast they age, days. */
const MOST = 25_000;
const OLDEST = 330;
const HALF_LIFE = 150;
/** Nothing is learned from less: looks, misses, days of history. */
const ENOUGH = { looks: 400, missed: 40, days: 21 };

/** The memory of own looks at orders: models and their calibration come of those whose promise is past. */
export class Lessons {
  readonly #pending = new Map<string, Pending>();
  #settled: Settled[] = [];
  #missed: Course[] = [];
  /** How many were missed when those long past were last dropped. */
  #kept = 100;
  readonly #calibration = new Calibration<Course>();
  #first = Number.NaN;
  #correction: Correction = { slope: 1, shift: new Float64Array(LEVEL_COUNT) };
  /** As of the last day. */
  overdue: Overdue = overdueOf([], 0);
  model: RiskModel | undefined;
  readonly #relearn: number;
  readonly #learned: (learnedTo: number) => RiskModel | undefined;
  readonly #onModel: (model: RiskModel) => void;

  constructor(
    relearn: number,
    learned: (learnedTo: number) => RiskModel | undefined,
    onModel: (model: RiskModel) => void,
  ) {
    this.#relearn = relearn;
    this.#learned = learned;
    this.#onModel = onModel;
  }

  /** The risk of an open order at a look: the best that is known of what will come of those before. */
  said({ orderId, promised }: Course, risk: number): void {
    const pending = this.#pending.get(orderId);
    if (pending?.promised === promised) for (const name of pending.said) this.#calibration.believe(name, risk);
  }

  note(course: Course, note: Note): void {
    if (Number.isNaN(this.#first)) this.#first = note.at;
    const { orderId, promised } = course;
    let pending = this.#pending.get(orderId);
    if (pending?.promised !== promised) {
      if (pending) this.#decide(pending, undefined);
      pending = { promised, notes: [], said: [] };
      this.#pending.set(orderId, pending);
    }
    pending.notes.push(note);
    if (Number.isNaN(note.logOdds)) return;
    pending.said.push(this.#calibration.add(course, note.at, promised, note.logOdds, note.level));
  }

  /** An order is over; its promise may be due later. */
  closed(course: Course): void {
    const pending = this.#pending.get(course.orderId);
    const arrived = !Number.isNaN(course.delivered) && pending?.promised === course.promised;
    if (pending) this.#decide(pending, arrived ? false : undefined);
  }

  /** The promise of an order is past. */
  settle(course: Course, late: boolean): void {
    const pending = this.#pending.get(course.orderId);
    this.#pending.delete(course.orderId);
    if (late) this.#missed.push(course);
    if (pending?.promised !== course.promised) return;
    this.#decide(pending, late);
    for (const note of pending.notes) this.#settled.push({ ...note, course, y: late ? 1 : 0 });
  }

  #decide({ said }: Pending, missed: boolean | undefined): void {
    for (const name of said) this.#calibration.settle(name, missed);
  }

  /** At the end of a day: a new model where it is time for one, and the calibration of every day. */
  learn(now: number): void {
    if (this.#settled.length > MOST * 1.2) this.#settled = this.#settled.slice(-MOST);
    if (this.#missed.length > 2 * this.#kept) {
      this.#missed = this.#missed.filter(({ promised }) => promised > now - OLDEST_OVERDUE * DAY_MS);
      this.#kept = Math.max(100, this.#missed.length);
    }
    this.overdue = overdueOf(this.#missed, now);
    if (!this.model || now - this.model.learnedTo >= this.#relearn) {
      for (const [id, { promised }] of this.#pending) if (promised < now) this.#pending.delete(id);
      const model = this.#learned(now) ?? this.#fit(now);
      if (model) {
        this.model = model;
        this.#onModel(model);
      }
    }
    if (this.model) this.#correction = this.#calibration.correct(now, this.overdue.chance);
  }

  /** Log-odds of a miss as far as the model's own record bears them out. */
  corrected(logOdds: number, level: number): number {
    return this.#correction.slope * logOdds + (this.#correction.shift[level] as number);
  }

  #fit(now: number): RiskModel | undefined {
    if (!(now - this.#first >= ENOUGH.days * DAY_MS)) return undefined;
    const examples: Example[] = [];
    let missed = 0;
    for (let i = Math.max(0, this.#settled.length - MOST); i < this.#settled.length; i++) {
      const { x, y, at, course } = this.#settled[i] as Settled;
      const days = (now - at) / DAY_MS;
      const weight = (y === 0 ? 1 : this.overdue.chance(course)) * 0.5 ** (days / HALF_LIFE);
      if (days >= OLDEST || weight <= 0.01) continue;
      examples.push({ x, y, weight });
      missed += y;
    }
    if (examples.length < ENOUGH.looks || missed < ENOUGH.missed) return undefined;
    return learnRisk(examples, now, this.model);
  }
}
