export const DAY_MS = 86_400_000;
/** Days of events before the weekday's own record outweighs the even spread. */
const PRIOR_EVENTS = 40;
/** Days to come that are reckoned one by one. */
const AHEAD = 200;

/**
 * Working time, learned: a day of the week counts as much as things happen on it, 1 on average. A stage nobody works
 * in at weekends stands still then, and an age or a remaining time in this clock is comparable over the week.
 */
export class WorkClock {
  /** Events and exposure by day of the week (0 is Thursday, the weekday of 1970-01-01). */
  readonly #events = new Float64Array(7);
  readonly #exposure = new Float64Array(7);
  readonly #weights = new Float64Array(7).fill(1);
  /** Working time of all days since the first, and of the days to come as they are believed to now. */
  #first = Number.NaN;
  readonly #past: number[] = [0];
  readonly #future = new Float64Array(AHEAD + 1);
  readonly #holiday: (day: number) => boolean;

  /** @param holiday  whether day n since 1970 is one: it counts as the quietest day of the week */
  constructor(holiday: (day: number) => boolean) {
    const known = new Map<number, boolean>();
    this.#holiday = (day) => {
      let is = known.get(day);
      if (is === undefined) {
        is = holiday(day);
        known.set(day, is);
      }
      return is;
    };
  }

  /** Closes a day: what happened in it, and how much could have. */
  close(day: number, events: number, exposure: number, keep: number): void {
    if (Number.isNaN(this.#first)) this.#first = day;
    this.#past.push((this.#past.at(-1) as number) + this.weight(day));
    const w = this.#holiday(day) ? -1 : day % 7;
    for (let i = 0; i < 7; i++) {
      this.#events[i] = (this.#events[i] as number) * keep;
      this.#exposure[i] = (this.#exposure[i] as number) * keep;
    }
    if (w >= 0) {
      this.#events[w] = (this.#events[w] as number) + events;
      this.#exposure[w] = (this.#exposure[w] as number) + exposure;
    }
    const all = sum(this.#events) / Math.max(1e-9, sum(this.#exposure));
    let total = 0;
    for (let i = 0; i < 7; i++) {
      const prior = all > 0 ? PRIOR_EVENTS / all : 1;
      const rate = ((this.#events[i] as number) + PRIOR_EVENTS) / ((this.#exposure[i] as number) + prior);
      this.#weights[i] = all > 0 ? rate / all : 1;
      total += this.#weights[i] as number;
    }
    for (let i = 0; i < 7; i++) this.#weights[i] = ((this.#weights[i] as number) * 7) / total;
    for (let i = 0; i < AHEAD; i++) this.#future[i + 1] = (this.#future[i] as number) + this.weight(day + 1 + i);
  }

  weight(day: number): number {
    return this.#holiday(day) ? Math.min(...this.#weights) : (this.#weights[day % 7] as number);
  }

  /** Working days between two moments, ms; days to come count as they are believed to now. */
  between(from: number, to: number): number {
    return this.#at(to) - this.#at(from);
  }

  #at(time: number): number {
    const day = Math.floor(time / DAY_MS);
    const part = time / DAY_MS - day;
    if (Number.isNaN(this.#first)) return time / DAY_MS;
    const last = this.#first + this.#past.length - 1;
    if (day < this.#first) return time / DAY_MS - this.#first;
    if (day < last) {
      const before = this.#past[day - this.#first] as number;
      return before + part * ((this.#past[day - this.#first + 1] as number) - before);
    }
    const ahead = Math.min(day - last, AHEAD - 1);
    const before = this.#future[ahead] as number;
    const rest = day - last - ahead + part;
    return (this.#past.at(-1) as number) + before + rest * ((this.#future[ahead + 1] as number) - before);
  }
}

const sum = (x: Float64Array): number => x.reduce((a, b) => a + b, 0);
