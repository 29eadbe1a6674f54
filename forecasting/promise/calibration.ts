import { DAY_MS } from "./clock.ts";
import { sigmoid } from "./logistic.ts";
import { LEVEL_COUNT } from "./risk-model.ts";

/**
 * Doubt before something is believed, in units of curvature: a shift of the log-odds, what one level differs from all,
 * a slope other than 1. An order is looked at up to eight times and has one fate, so shifts are doubted more than
 * independent predictions would deserve.
 */
const PRIOR = { shift: 20, level: 40, besideSlope: 5, slope: 20 };
/** Days after which a prediction counts half: habits of the model last longer than the state of the world. */
const HALF_LIFE = { shift: 8, slope: 30 };
/** How far back it looks, days. */
const BACK = 160;
const ROUNDS = 4;
const LEAST_SLOPE = 0.1;
/** Predictions that count less are not looked at: a month and more old. */
const NEGLIGIBLE = 0.03;

/** What is done to the log-odds of a model before they are a risk. */
export interface Correction {
  readonly slope: number;
  /** By level of days before the promise. */
  readonly shift: Float64Array;
}

/** What came of a prediction so far. */
const [OPEN, KEPT, MISSED, VOID] = [0, 1, 2, 3];

/**
 * Own predictions and what came of them. A calibrated risk does not drift: what is said of an order later, or that it
 * has arrived, tells of the earlier prediction before its promise is due. So a surge shows in days, and nothing hangs on
 * whether the early or the late arrivals are known first.
 */
export class Calibration<Order> {
  #orders: Order[] = [];
  #at = new Float64Array(1024);
  #logOdds = new Float64Array(1024);
  #promised = new Float64Array(1024);
  /** What was said last of an order that is open; NaN when nothing was since. */
  #belief = new Float64Array(1024);
  #level = new Uint8Array(1024);
  #fate = new Uint8Array(1024);
  #from = 0;
  #to = 0;
  /** Rows dropped so far: names of rows outlast them. */
  #dropped = 0;
  /** Of each row at a moment: what it counts for shift and slope, and its outcome, 0 to 1. */
  #weight = new Float64Array(1024);
  #inSlope = new Float64Array(1024);
  #outcome = new Float64Array(1024);

  /**
   * @param at        ms, not before any told so far
   * @param promised  ms
   * @returns the name of the prediction
   */
  add(order: Order, at: number, promised: number, logOdds: number, level: number): number {
    if (this.#to === this.#logOdds.length) this.#makeRoom();
    const i = this.#to++;
    this.#orders.push(order);
    this.#at[i] = at;
    this.#promised[i] = promised;
    this.#logOdds[i] = logOdds;
    this.#belief[i] = Number.NaN;
    this.#level[i] = level;
    this.#fate[i] = OPEN;
    return i + this.#dropped;
  }

  /** A later risk of the same order. */
  believe(name: number, risk: number): void {
    if (name >= this.#dropped) this.#belief[name - this.#dropped] = risk;
  }

  /** The promise was kept or missed; undefined: there is nothing to be kept any more. */
  settle(name: number, missed: boolean | undefined): void {
    const i = name - this.#dropped;
    if (i >= 0 && this.#fate[i] === OPEN) this.#fate[i] = missed === undefined ? VOID : missed ? MISSED : KEPT;
  }

  /**
   * What would have to be done to recent predictions so that they had said what came, as far as there are enough of
   * them to tell: their log-odds times a slope, and a shift for all together and then by days before the promise.
   * @param chance  that an order that missed its promise arrives at all: so much it counts
   */
  correct(now: number, chance: (order: Order) => number): Correction {
    while (this.#from < this.#to && now - (this.#at[this.#from] as number) > BACK * DAY_MS) this.#from++;
    const one = new Uint8Array(LEVEL_COUNT);
    const each = Uint8Array.from({ length: LEVEL_COUNT }, (_, level) => level);
    this.#weigh(now, chance);
    const slope = this.#slope();
    const [all] = this.#shift(slope, new Float64Array(1), one, PRIOR.shift) as unknown as [number];
    return { slope, shift: this.#shift(slope, new Float64Array(LEVEL_COUNT).fill(all), each, PRIOR.level) };
  }

  #weigh(now: number, chance: (order: Order) => number): void {
    for (let i = this.#from; i < this.#to; i++) {
      const [fate, promised] = [this.#fate[i] as number, this.#promised[i] as number];
      const due = promised < now;
      const outcome = fate === OPEN ? (due ? Number.NaN : (this.#belief[i] as number)) : fate === MISSED ? 1 : 0;
      const counts =
        fate === VOID || Number.isNaN(outcome) ? 0 : fate === MISSED ? chance(this.#orders[i] as Order) : 1;
      this.#outcome[i] = outcome;
      this.#weight[i] = counts && counts * faded(now - (this.#at[i] as number), HALF_LIFE.shift);
      // How sure the model may be is learned from promises that are past: until then the early arrivals are too many.
      this.#inSlope[i] = due && counts ? counts * faded(now - promised, HALF_LIFE.slope) : 0;
    }
  }

  /** One slope for all, beside a shift that is not used. */
  #slope(): number {
    let [shift, slope] = [0, 1];
    for (let round = 0; round < ROUNDS; round++) {
      let [g0, g1] = [-PRIOR.besideSlope * shift, PRIOR.slope * (1 - slope)];
      let [h00, h01, h11] = [PRIOR.besideSlope, 0, PRIOR.slope];
      for (let i = this.#from; i < this.#to; i++) {
        const weight = this.#inSlope[i] as number;
        if (weight === 0) continue;
        const z = this.#logOdds[i] as number;
        const p = sigmoid(shift + slope * z);
        const error = weight * ((this.#outcome[i] as number) - p);
        const spread = weight * p * (1 - p);
        g0 += error;
        g1 += error * z;
        h00 += spread;
        h01 += spread * z;
        h11 += spread * z * z;
      }
      const det = h00 * h11 - h01 * h01;
      shift += Math.max(-1, Math.min(1, (h11 * g0 - h01 * g1) / det));
      slope += Math.max(-0.5, Math.min(0.5, (h00 * g1 - h01 * g0) / det));
    }
    return Math.max(LEAST_SLOPE, slope);
  }

  /** @param start  of each group  @param groupOf  the group of each level */
  #shift(slope: number, start: Float64Array, groupOf: Uint8Array, prior: number): Float64Array {
    const shift = start.slice();
    const [gradient, curvature] = [new Float64Array(shift.length), new Float64Array(shift.length)];
    for (let round = 0; round < ROUNDS; round++) {
      curvature.fill(prior);
      for (let g = 0; g < shift.length; g++) gradient[g] = prior * ((start[g] as number) - (shift[g] as number));
      for (let i = this.#from; i < this.#to; i++) {
        const weight = this.#weight[i] as number;
        if (weight < NEGLIGIBLE) continue;
        const g = groupOf[this.#level[i] as number] as number;
        const p = sigmoid(slope * (this.#logOdds[i] as number) + (shift[g] as number));
        gradient[g] = (gradient[g] as number) + weight * ((this.#outcome[i] as number) - p);
        curvature[g] = (curvature[g] as number) + weight * p * (1 - p);
      }
      for (let g = 0; g < shift.length; g++) {
        const step = (gradient[g] as number) / (curvature[g] as number);
        shift[g] = (shift[g] as number) + Math.max(-1, Math.min(1, step));
      }
    }
    return shift;
  }

  /** Drops what is too old to count, and doubles the columns where that is not enough. */
  #makeRoom(): void {
    const n = this.#to - this.#from;
    const size = Math.max(1024, 2 * n);
    const column = <T extends Float64Array | Uint8Array>(into: T, from: T): T => {
      into.set(from.subarray(this.#from, this.#to));
      return into;
    };
    this.#at = column(new Float64Array(size), this.#at);
    this.#logOdds = column(new Float64Array(size), this.#logOdds);
    this.#promised = column(new Float64Array(size), this.#promised);
    this.#belief = column(new Float64Array(size), this.#belief);
    this.#level = column(new Uint8Array(size), this.#level);
    this.#fate = column(new Uint8Array(size), this.#fate);
    this.#weight = new Float64Array(size);
    this.#inSlope = new Float64Array(size);
    this.#outcome = new Float64Array(size);
    this.#dropped += this.#from;
    this.#orders = this.#orders.slice(this.#from, this.#to);
    this.#from = 0;
    this.#to = n;
  }
}

const faded = (age: number, halfLife: number): number => Math.exp((-Math.LN2 / halfLife) * (age / DAY_MS));
