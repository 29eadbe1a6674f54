import { arrivalTimes } from "./arrival.ts";
import { DAY_MS } from "./clock.ts";
import { type Course, type CourseStage, joinFact, newCourse, type OrderFact, stageOf } from "./course.ts";
import { Ahead, type DueAhead } from "./due-ahead.ts";
import { featuresOf } from "./features.ts";
import { Lessons } from "./lessons.ts";
import { sigmoid } from "./logistic.ts";
import { Queue } from "./queue.ts";
import { levelOf, logOdds, type RiskModel, type Share, sharesOf } from "./risk-model.ts";
import { Traffic } from "./traffic.ts";

const HOUR_MS = 3_600_000;
/** When before the promise an order is looked at, ms, the longest first. */
const LOOKS = [
  ...[30, 21, 14, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map((days) => days * DAY_MS),
  ...[18, 12, 9, 6, 4, 3, 2, 1].map((hours) => hours * HOUR_MS),
];
/** Of these something is learned, days before the promise. */
const LANDMARKS = new Set([10, 7, 5, 3, 2, 1, 0.5, 0.125]);
/** A closed order is kept so long to meet what is told of it again; an open one longer. */
const REMEMBER = { closed: 90 * DAY_MS, open: 365 * DAY_MS };
const SWEEP_DAYS = 7;
const SHARES = 5;
const INTERVAL = [0.1, 0.5, 0.9];

export interface Look {
  readonly course: Course;
  readonly stage: CourseStage;
  /** ms; nothing known at or after it is in this. */
  readonly at: number;
  readonly daysBefore: number;
  /** A day that is kept for the record, whatever it says. */
  readonly landmark: boolean;
  /** Undefined while nothing is learned. */
  readonly forecast: Forecast | undefined;
}

export interface Forecast {
  readonly risk: number;
  readonly model: number;
  /** Median and 80 % interval of the arrival, ms. To be asked while the look is told, not later. */
  arrival(): { readonly eta: number; readonly low: number; readonly high: number };
  /** What the risk is made of, the largest shares first. */
  shares(): readonly Share[];
}

/** What the oracle tells, in the order of event time. */
export interface Listener {
  onLook(look: Look): void;
  /** The promise passed; `kept` when the order was over by then. */
  onPromise(course: Course, at: number, kept: boolean): void;
  /** A fact closed the order or moved its promise away from `promised`. */
  onChange(course: Course, at: number, promised: number): void;
  onModel(model: RiskModel): void;
  /** A day is over: what is due in the coming ones, as far as something was said of it. @param at  its end, ms */
  onDay?(at: number, ahead: readonly DueAhead[]): void;
}

export interface OracleOptions {
  /** Whether day n since 1970 is a holiday. */
  readonly holiday: (day: number) => boolean;
  /** ms between two lessons. */
  readonly relearn: number;
  /** A model learned before up to that moment, to be used instead of learning it again. */
  readonly learned?: (learnedTo: number) => RiskModel | undefined;
}

/**
 * Follows all orders in event time and says at fixed times before each promise how likely it is to be missed. A fold:
 * `tell` facts by `knownAt`, `pass` time. Nothing told later changes what was said before.
 */
export class Oracle {
  readonly #courses = new Map<string, Course>();
  readonly #open = new Map<string, Course>();
  readonly #traffic: Traffic;
  readonly #lessons: Lessons;
  readonly #queue = new Queue();
  readonly #ahead = new Ahead();
  readonly #listener: Listener;
  #day = Number.NaN;

  constructor({ holiday, relearn, learned }: OracleOptions, listener: Listener) {
    this.#traffic = new Traffic(holiday);
    this.#lessons = new Lessons(relearn, learned ?? (() => undefined), (model) => listener.onModel(model));
    this.#listener = listener;
  }

  /** Takes a fact, after everything that was due up to the moment it became known. */
  tell(fact: OrderFact): void {
    this.#until(fact.knownAt, true);
    let course = this.#courses.get(fact.orderId);
    if (!course) {
      if (fact.at < fact.knownAt - REMEMBER.closed) return;
      course = newCourse(fact.orderId);
      this.#courses.set(fact.orderId, course);
    } else if (!Number.isNaN(course.closed)) {
      return;
    }
    if (Number.isNaN(this.#day)) this.#day = Math.floor(fact.knownAt / DAY_MS);
    const { promised, handedOver } = course;
    const was = this.#open.has(course.orderId);
    if (was) this.#traffic.count(course, -1);
    joinFact(course, fact);
    if (Number.isNaN(handedOver) && !Number.isNaN(course.handedOver) && was) this.#traffic.handedOver(course);
    if (!Number.isNaN(course.closed)) {
      this.#open.delete(course.orderId);
      if (was && !Number.isNaN(course.delivered)) this.#traffic.delivered(course);
      this.#lessons.closed(course);
    } else if (!Number.isNaN(course.placed)) {
      this.#open.set(course.orderId, course);
      this.#traffic.count(course, 1);
    }
    if (course.promised !== promised && course.promised > fact.knownAt) this.#plan(course, fact.knownAt);
    if (course.promised !== promised || !Number.isNaN(course.closed))
      this.#listener.onChange(course, fact.knownAt, promised);
  }

  /** Everything due before `to`. */
  pass(to: number): void {
    this.#until(to, false);
  }

  #until(to: number, inclusive: boolean): void {
    for (;;) {
      const day = (this.#day + 1) * DAY_MS;
      const at = Math.min(this.#queue.next, Number.isNaN(day) ? Number.POSITIVE_INFINITY : day);
      if (!(inclusive ? at <= to : at < to)) return;
      if (at === day) this.#closeDay();
      else this.#due();
    }
  }

  #closeDay(): void {
    const end = (this.#day + 1) * DAY_MS;
    this.#traffic.closeDay(this.#day, this.#open.values());
    this.#day++;
    this.#lessons.learn(end);
    this.#listener.onDay?.(end, this.#ahead.tally(end));
    if (this.#day % SWEEP_DAYS === 0) this.#sweep(end);
  }

  /** Forgets orders that are long over. */
  #sweep(end: number): void {
    for (const [id, { closed, moved }] of this.#courses) {
      if (Number.isNaN(closed) ? moved < end - REMEMBER.open : closed < end - REMEMBER.closed) {
        this.#courses.delete(id);
        const open = this.#open.get(id);
        if (open) this.#traffic.count(open, -1);
        this.#open.delete(id);
      }
    }
  }

  /** The next look at an order after `now`, or its promise. */
  #plan({ orderId, promised }: Course, now: number): void {
    const look = LOOKS.find((before) => promised - before > now) ?? 0;
    if (promised - look > now) this.#queue.push({ at: promised - look, orderId, promised });
  }

  #due(): void {
    const due = this.#queue.pop();
    if (!due) return;
    const course = this.#courses.get(due.orderId);
    if (!course || course.promised !== due.promised || Number.isNaN(course.placed)) return;
    if (due.at < due.promised) {
      // Of what is over nothing is to be seen until its promise is due.
      if (Number.isNaN(course.closed)) {
        this.#look(course, due.at);
        this.#plan(course, due.at);
      } else this.#queue.push({ ...due, at: due.promised });
      return;
    }
    const kept = !Number.isNaN(course.closed);
    if (!kept || !Number.isNaN(course.delivered)) {
      this.#traffic.judged(course, !kept);
      this.#lessons.settle(course, !kept);
    }
    this.#listener.onPromise(course, due.at, kept);
  }

  #look(course: Course, at: number): void {
    const daysBefore = (course.promised - at) / DAY_MS;
    const landmark = LANDMARKS.has(daysBefore);
    const { model } = this.#lessons;
    const stage = stageOf(course);
    if (!model && !landmark) {
      this.#listener.onLook({ course, stage, at, daysBefore, landmark, forecast: undefined });
      return;
    }
    const x = featuresOf(this.#traffic, course, at);
    const raw = model ? logOdds(model, x) : Number.NaN;
    const level = levelOf(daysBefore);
    const logit = this.#lessons.corrected(raw, level);
    if (model) {
      const risk = sigmoid(logit);
      this.#lessons.said(course, risk);
      this.#ahead.say(course, risk);
    }
    if (landmark) this.#lessons.note(course, { at, x, logOdds: raw, level });
    const forecast = model && this.#forecast(model, course, at, x, logit);
    this.#listener.onLook({ course, stage, at, daysBefore, landmark, forecast });
  }

  #forecast(model: RiskModel, course: Course, at: number, x: Float64Array, logit: number): Forecast {
    const risk = sigmoid(logit);
    return {
      risk,
      model: model.learnedTo,
      arrival: () => {
        const [low, eta, high] = arrivalTimes(this.#traffic, course, at, risk, INTERVAL) as [number, number, number];
        return { eta, low, high };
      },
      shares: () => sharesOf(model, x, SHARES),
    };
  }
}
