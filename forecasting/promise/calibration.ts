import { DAY_MS } from "./clock.ts";
import { sigmoid } from "./logistic.ts";
import { LEVEL_COUNT } from "./risk-model.ts";

/** Doubt before a shift of the log-odds, or a slope other than 1, is believed, in units of their curvature. */
const PRIOR = { shift: 5, slope: 20 };
/** Days after which a prediction counts half: habits of the model last longer than the state of the world. */
const HALF_LIFE = { shift: 8, slope: 30 };
/** How far back it looks, days. */
const BACK = 150;
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

/** Own predictions whose outcome is known: what they were, and by when it was decided. */
export class Calibration<Order> {
  #orders: Order[] = [];
  #logOdds = new Float64Array(1024);
  #promised = new Float64Array(1024);
  #level = new Uint8Array(1024);
  #missed = new Uint8Array(1024);
  #from = 0;
  #to = 0;
  #weight = new Float64Array(1024);

  /** @param promised  ms, not before any told so far */
  add(order: Order, promised: number, logOdds: number, level: number, missed: boolean): void {
    if (this.#to === this.#logOdds.length) this.#makeRoom();
    const i = this.#to++;
    this.#orders.push(order);
    this.#promised[i] = promised;
    this.#logOdds[i] = logOdds;
    this.#level[i] = level;
    this.#missed[i] = missed ? 1 : 0;
  }

  /**
   * What would have to be done to recent predictions so that they had said what came, as far as there are enough of
   * them to tell: their log-odds times a slope, and a shift for all together and then by days before the promise.
   * @param chance  that an order that missed its promise arrives at all: so much it counts
   */
  correct(now: number, chance: (order: Order) => number): Correction {
    while (this.#from < this.#to && now - (this.#promised[this.#from] as number) > BACK * DAY_MS) this.#from++;
    const one = new Uint8Array(LEVEL_COUNT);
    const each = Uint8Array.from({ length: LEVEL_COUNT }, (_, level) => level);
    this.#weigh(now, chance, HALF_LIFE.slope);
    const slope = this.#slope();
    this.#weigh(now, chance, HALF_LIFE.shift);
    const [all] = this.#shift(slope, new Float64Array(1), one) as unknown as [number];
    return { slope, shift: this.#shift(slope, new Float64Array(LEVEL_COUNT).fill(all), each) };
  }

  #weigh(now: number, chance: (order: Order) => number, halfLife: number): void {
    for (let i = this.#from; i < this.#to; i++) {
      const days = (now - (this.#promised[i] as number)) / DAY_MS;
      const counts = this.#missed[i] ? chance(this.#orders[i] as Order) : 1;
      this.#weight[i] = counts * Math.exp((-Math.LN2 / halfLife) * days);
    }
  }

  /** One slope for all, beside a shift that is not used. */
  #slope(): number {
    let [shift, slope] = [0, 1];
    for (let round = 0; round < ROUNDS; round++) {
      let [g0, g1] = [-PRIOR.shift * shift, PRIOR.slope * (1 - slope)];
      let [h00, h01, h11] = [PRIOR.shift, 0, PRIOR.slope];
      for (let i = this.#from; i < this.#to; i++) {
        const z = this.#logOdds[i] as number;
        const p = sigmoid(shift + slope * z);
        const error = (this.#weight[i] as number) * ((this.#missed[i] as number) - p);
        const spread = (this.#weight[i] as number) * p * (1 - p);
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
  #shift(slope: number, start: Float64Array, groupOf: Uint8Array): Float64Array {
    const shift = start.slice();
    const [gradient, curvature] = [new Float64Array(shift.length), new Float64Array(shift.length)];
    for (let round = 0; round < ROUNDS; round++) {
      curvature.fill(PRIOR.shift);
      for (let g = 0; g < shift.length; g++) gradient[g] = PRIOR.shift * ((start[g] as number) - (shift[g] as number));
      for (let i = this.#from; i < this.#to; i++) {
        const weight = this.#weight[i] as number;
        if (weight < NEGLIGIBLE) continue;
        const g = groupOf[this.#level[i] as number] as number;
        const p = sigmoid(slope * (this.#logOdds[i] as number) + (shift[g] as number));
        gradient[g] = (gradient[g] as number) + weight * ((this.#missed[i] as number) - p);
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
    this.#logOdds = column(new Float64Array(size), this.#logOdds);
    this.#promised = column(new Float64Array(size), this.#promised);
    this.#level = column(new Uint8Array(size), this.#level);
    this.#missed = column(new Uint8Array(size), this.#missed);
    this.#weight = new Float64Array(size);
    this.#orders = this.#orders.slice(this.#from, this.#to);
    this.#from = 0;
    this.#to = n;
  }
}
