import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";
import { LEVEL_COUNT } from "./risk-model.ts";

/** Probabilities of having arrived at which what was said of an order is kept. */
export const GRID = [0.02, ...Array.from({ length: 19 }, (_, i) => (i + 1) / 20), 0.98] as const;
/** Between them, before the first and after the last. */
const BINS = GRID.length + 1;
const EDGES = [0, ...GRID, 1];
/** Days after which what came of a forecast counts half, how far back it counts, and when an order that is still open counts no more. */
const HALF_LIFE = 45;
const BACK = 180;
const GIVEN_UP = 60;
/** Forecasts watched at a time; more would tell nothing new. */
const MOST = 20_000;
/** Arrivals the belief that forecasts are right is worth, and to a level of days before the promise what holds for all. */
const PRIOR = { all: 30, level: 60 };
/** Nothing later than this is said. */
const LATEST = 0.995;

interface Watched {
  readonly course: Course;
  readonly at: number;
  readonly level: number;
  readonly times: readonly number[];
}

/**
 * Own forecasts of arrivals and where in them the arrivals came: what was said to hold four in five shall hold four in
 * five. Orders still open count for as far as they have come, so recent forecasts count and the quick ones not too much.
 * @see Kaplan, Meier (1958), JASA 53; Kuleshov et al. (2018), ICML, for calibrating quantiles by what came
 */
export class Intervals {
  #watched: Watched[] = [];
  /** By the day of the forecast: arrivals by level and bin. */
  readonly #arrived = new Map<number, Float64Array>();
  /** By level: probability of having arrived by each edge, as it turned out. */
  #turnedOut: readonly (readonly number[])[] = Array.from({ length: LEVEL_COUNT }, () => EDGES);

  get full(): boolean {
    return this.#watched.length >= MOST;
  }

  /** @param times  when the order should have arrived with the probabilities of `GRID`, ms, ascending */
  note(course: Course, at: number, level: number, times: readonly number[]): void {
    if (!this.full) this.#watched.push({ course, at, level, times });
  }

  /** Probabilities that have to be asked for so that these come of it. @param level  of days before the promise */
  asked(probabilities: readonly number[], level: number): number[] {
    const turned = this.#turnedOut[level] as readonly number[];
    return probabilities.map((p) => {
      let i = 1;
      while (i < BINS && (turned[i] as number) < p) i++;
      const [low, high] = [turned[i - 1] as number, turned[i] as number];
      const part = high > low ? Math.min(1, Math.max(0, (p - low) / (high - low))) : 1;
      return Math.min(LATEST, (EDGES[i - 1] as number) + part * ((EDGES[i] as number) - (EDGES[i - 1] as number)));
    });
  }

  /**
   * At the end of a day: what has come since.
   * @param chance  that an overdue order arrives at all: so much it counts, the lost never arrive late
   */
  learn(now: number, chance: (course: Course) => number): void {
    const waiting = new Float64Array(LEVEL_COUNT * BINS);
    this.#watched = this.#watched.filter((one) => {
      const { course, at, level, times } = one;
      if (!Number.isNaN(course.closed)) {
        if (!Number.isNaN(course.delivered)) this.#count(at, level * BINS + binOf(times, course.delivered));
        return false;
      }
      if (now - at > GIVEN_UP * DAY_MS) return false;
      const bin = level * BINS + binOf(times, now);
      waiting[bin] = (waiting[bin] as number) + faded(now - at) * (course.promised < now ? chance(course) : 1);
      return true;
    });
    const arrived = new Float64Array(LEVEL_COUNT * BINS);
    for (const [day, counts] of this.#arrived) {
      const age = now - day * DAY_MS;
      if (age > BACK * DAY_MS) this.#arrived.delete(day);
      else
        for (let i = 0; i < counts.length; i++)
          arrived[i] = (arrived[i] as number) + faded(age) * (counts[i] as number);
    }
    const all = turnedOut(together(arrived), together(waiting), EDGES, PRIOR.all);
    this.#turnedOut = Array.from({ length: LEVEL_COUNT }, (_, level) => {
      const own = (bins: Float64Array) => bins.subarray(level * BINS, (level + 1) * BINS);
      return turnedOut(own(arrived), own(waiting), all, PRIOR.level);
    });
  }

  #count(at: number, bin: number): void {
    const day = Math.floor(at / DAY_MS);
    const counts = this.#arrived.get(day) ?? new Float64Array(LEVEL_COUNT * BINS);
    counts[bin] = (counts[bin] as number) + 1;
    this.#arrived.set(day, counts);
  }
}

const faded = (age: number): number => 0.5 ** (age / (HALF_LIFE * DAY_MS));

function binOf(times: readonly number[], at: number): number {
  let bin = 0;
  while (bin < times.length && (times[bin] as number) < at) bin++;
  return bin;
}

function together(bins: Float64Array): Float64Array {
  const sum = new Float64Array(BINS);
  for (const [i, n] of bins.entries()) sum[i % BINS] = (sum[i % BINS] as number) + n;
  return sum;
}

/**
 * Probability of having arrived by each edge: of those that came to a bin, the share that arrived in it, bin after bin.
 * @param waiting   those that have come to a bin and no further yet: half of it is behind them
 * @param believed  the same probabilities before anything was seen, worth `prior` arrivals
 */
function turnedOut(arrived: Float64Array, waiting: Float64Array, believed: readonly number[], prior: number): number[] {
  const edges = [0];
  let [left, beyond] = [1, 0];
  const reached = new Float64Array(BINS);
  for (let i = BINS - 1; i >= 0; i--) {
    reached[i] = beyond + (arrived[i] as number) + (waiting[i] as number) / 2;
    beyond += (arrived[i] as number) + (waiting[i] as number);
  }
  for (let i = 0; i < BINS; i++) {
    const [from, to] = [believed[i] as number, believed[i + 1] as number];
    left *= 1 - ((arrived[i] as number) + prior * (to - from)) / ((reached[i] as number) + prior * (1 - from) || 1);
    edges.push(i === BINS - 1 ? 1 : 1 - left);
  }
  return edges;
}
