import { incompleteGamma } from "../math/incomplete.ts";

/** What is due at one place on the coming days, as it was seen when a day began. */
export interface DuePlace {
  readonly place: string;
  /** Orders due, by whole days ahead, shape (horizon,). */
  readonly due: Float64Array;
  /** Of these predicted to be late: sums of risks, shape (horizon,). */
  readonly predicted: Float64Array;
}

/** A place's predicted late orders against what is usual of so many due. */
export interface Foreseen {
  readonly place: string;
  readonly due: number;
  readonly predicted: number;
  /** Mean and variance of the predicted were nothing wrong. */
  readonly usual: number;
  readonly variance: number;
  /** Its share over the common one, and the late orders that rests on. */
  readonly ratio: number;
  readonly events: number;
  /** P(predicted or more) by chance. */
  readonly pValue: number;
}

export const FORESIGHT = {
  /** Days after which what was seen counts half, and days looked back on. */
  halfLife: 35,
  back: 84,
  /** The last days are left out: what is coming must not teach what is normal. */
  apart: 7,
  /** Days learned from before anything is said. */
  least: 28,
  /** Late orders the common share is worth to a place that has few of its own. */
  prior: 3,
  /** Variance over mean believed before anything was seen, and the weeks that is worth. */
  phi: 1,
  phiWeeks: 10,
  /** Share by which the usual drifts in ways nobody sees, standard deviation. */
  drift: 0.12,
  /** Standardised residual above which a past day is taken for trouble and weighs less. */
  outlier: 2.58,
} as const;

/** A day's places, in the order they were given. */
type Day = ReadonlyMap<string, DuePlace>;

/**
 * Predicted late orders of places, day after day, judged against the shares of orders so many days before their promise
 * that are usually predicted late: everywhere, times the place's own level. So volume alone changes nothing. Days
 * overlap, since an order is due for as many days as the horizon is long: what a level rests on is counted once.
 */
export class Foresight {
  readonly #days = new Map<number, Day>();
  readonly #horizon: number;

  /** @param horizon  days ahead that are looked at */
  constructor(horizon: number) {
    this.#horizon = horizon;
  }

  /** @param day  number of the day, above all told so far */
  tell(day: number, places: readonly DuePlace[]): void {
    if (places.length > 0) this.#days.set(day, new Map(places.map((one) => [one.place, one])));
    for (const old of this.#days.keys()) if (old < day - FORESIGHT.back - FORESIGHT.apart) this.#days.delete(old);
  }

  /**
   * @param day    a day that was told; only days before it are learned from
   * @param known  whether a day's data was complete: others teach nothing
   * @returns      places in the order they were told, those of which nothing is usual left out; nothing while too few days are known
   */
  judge(day: number, known: (day: number) => boolean): Foreseen[] {
    const { apart, back, halfLife, least } = FORESIGHT;
    const past: { readonly places: Day; readonly weight: number }[] = [];
    for (const [at, places] of this.#days) {
      const age = day - apart - 1 - at;
      if (age >= 0 && age < back && known(at)) past.push({ places, weight: 0.5 ** (age / halfLife) });
    }
    if (past.length < least) return [];
    const shares = this.#shares(past);
    const usualOf = ({ due }: DuePlace) => due.reduce((sum, n, i) => sum + n * (shares[i] as number), 0);
    const found: Foreseen[] = [];
    for (const now of this.#days.get(day)?.values() ?? []) {
      const common = usualOf(now);
      if (!(common > 0)) continue;
      const seen = past.flatMap(({ places, weight }) => {
        const then = places.get(now.place);
        return then ? [{ predicted: total(then.predicted), common: usualOf(then), weight }] : [];
      });
      found.push(compare(now, common, seen, this.#horizon));
    }
    return found;
  }

  /** Usual share predicted late by days ahead, over all places. */
  #shares(past: readonly { readonly places: Day; readonly weight: number }[]): Float64Array {
    const [late, due] = [new Float64Array(this.#horizon), new Float64Array(this.#horizon)];
    for (const { places, weight } of past) {
      for (const one of places.values()) {
        for (let i = 0; i < this.#horizon; i++) {
          late[i] = (late[i] as number) + weight * (one.predicted[i] as number);
          due[i] = (due[i] as number) + weight * (one.due[i] as number);
        }
      }
    }
    return late.map((n, i) => ((due[i] as number) > 0 ? n / (due[i] as number) : 0));
  }
}

interface Seen {
  readonly predicted: number;
  readonly common: number;
  readonly weight: number;
}

function compare(now: DuePlace, common: number, seen: readonly Seen[], horizon: number): Foreseen {
  const { prior, phi: believed, phiWeeks, outlier, drift } = FORESIGHT;
  let [ratio, events, phi]: [number, number, number] = [1, prior, believed];
  const calm = new Float64Array(seen.length).fill(1);
  for (let pass = 0; pass < 3; pass++) {
    let [late, usual] = [0, 0];
    for (const [i, { predicted, common: mean, weight }] of seen.entries()) {
      late += (weight * (calm[i] as number) * predicted) / horizon;
      usual += (weight * (calm[i] as number) * mean) / horizon;
    }
    ratio = (prior + late) / (prior + usual);
    events = prior + late;
    let [squares, weeks] = [believed * phiWeeks, phiWeeks as number];
    for (const [i, { predicted, common: mean }] of seen.entries()) {
      const m = ratio * mean;
      if (!(m > 0)) continue;
      const r = (predicted - m) / Math.sqrt(Math.max(m, 0.25) * phi);
      calm[i] = r > outlier ? (outlier / r) ** 2 : 1;
      // A day of which hardly anything is expected says little of the spread.
      const share = m / (m + 0.2) / 7;
      squares += (share * (calm[i] as number) * (predicted - m) ** 2) / m;
      weeks += share;
    }
    phi = squares / weeks;
  }
  const usual = ratio * common;
  const variance = phi * usual + (phi * usual ** 2) / events + (drift * usual) ** 2;
  const predicted = total(now.predicted);
  const pValue = upperTail(predicted, usual, variance);
  return { place: now.place, due: total(now.due), predicted, usual, variance, ratio, events, pValue };
}

/** P(X >= x) of a gamma variable with this mean and variance: sums of risks are not whole numbers. */
export const upperTail = (x: number, mean: number, variance: number): number =>
  x <= 0 ? 1 : incompleteGamma((mean * mean) / variance, (x * mean) / variance).upper;

const total = (xs: Float64Array): number => xs.reduce((sum, x) => sum + x, 0);
