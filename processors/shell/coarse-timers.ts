import { TickQueue } from "./tick-queue.ts";
import { Timers } from "./timers.ts";

/** About a quarter of a minute: what falls due within one tick is sorted exactly when its time has come. */
export const TICK_MS = 16_384;
const LAST_TICK = 2 ** 32 - 1;

/** Who the timers belong to: they keep the tick that a timer is armed for, and find themselves by it. */
export interface Subjects {
  /** The subject with this hash that is armed for this tick, with its true deadline; undefined when there is none. */
  find(hash: number, armed: number): { readonly key: string; readonly due: number } | undefined;
  /** Keeps another tick for the subject found last. */
  rearm(armed: number): void;
}

/**
 * Deadlines by key like `Timers`, in the same order, for millions: what is due later than the tick in hand costs
 * some five bytes in a queue of ticks. A deadline that moves later leaves its entry where it is, to be looked at when it
 * surfaces; one that moves earlier is entered anew, and the old entry finds nobody armed for it.
 */
export class CoarseTimers {
  readonly #near = new Timers();
  readonly #far = new TickQueue();
  readonly #subjects: Subjects;
  /** Everything before this tick is in `near`. */
  #horizon = 0;

  constructor(subjects: Subjects) {
    this.#subjects = subjects;
  }

  /** Entries held, in memory terms: the far ones. */
  get size(): number {
    return this.#far.size;
  }

  /**
   * @param armed  what the last call for this key returned; 0 for a new key
   * @returns the tick to keep with the subject, 0 when it needs none
   */
  set(key: string, hash: number, due: number, armed: number): number {
    const tick = tickOf(due);
    if (tick < this.#horizon) {
      this.#near.set(key, due);
      return 0;
    }
    if (armed === 0) this.#near.set(key, Number.POSITIVE_INFINITY);
    else if (armed <= tick) return armed;
    this.#far.push(tick, hash);
    return tick;
  }

  /** As `set`, for a subject that was armed in another life: keeps the tick it had where that will do. */
  restore(key: string, hash: number, due: number, armed: number): number {
    if (armed === 0 || armed > tickOf(due) || armed < this.#horizon) return this.set(key, hash, due, 0);
    this.#far.push(armed, hash);
    return armed;
  }

  /** For a subject that keeps no tick. */
  setNear(key: string, due: number): void {
    this.#near.set(key, due);
  }

  /** @returns the next deadline when it is earlier than `before`, else anything that is not */
  nextDue(before = Number.POSITIVE_INFINITY): number {
    for (;;) {
      const near = this.#near.nextDue();
      const tick = this.#far.tick;
      const from = tick === Number.POSITIVE_INFINITY ? tick : startOf(tick);
      if (near < from || from >= before || tick === Number.POSITIVE_INFINITY) return Math.min(near, from);
      this.#surface(tick);
    }
  }

  /** Takes the key with the earliest deadline out; call it after `nextDue`. */
  take(): { readonly key: string; readonly due: number } | undefined {
    this.nextDue();
    return this.#near.take();
  }

  #surface(tick: number): void {
    this.#horizon = Math.max(this.#horizon, tick + 1);
    while (this.#far.tick === tick) {
      const hash = this.#far.pop();
      const found = this.#subjects.find(hash, tick);
      // Nobody: the deadline moved earlier and was met, or its subject is gone.
      if (found) this.#subjects.rearm(this.set(found.key, hash, found.due, 0));
    }
  }
}

const tickOf = (due: number): number => Math.min(Math.max(Math.floor(due / TICK_MS) + 1, 1), LAST_TICK);
/** No deadline of this tick is earlier, ms. */
export const startOf = (tick: number): number => (tick === 1 ? Number.NEGATIVE_INFINITY : (tick - 1) * TICK_MS);
