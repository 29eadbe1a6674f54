import { DAY_MS } from "./clock.ts";
import { sigmoid } from "./logistic.ts";
import { LEVEL_COUNT } from "./risk-model.ts";

/** Predictions' worth of doubt before a shift is believed, in units of p(1-p). */
const PRIOR = 5;
/** Days after which a prediction counts half, and how far back it looks. */
const RECENT = 8;
const BACK = 40;
const ROUNDS = 4;

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
   * How much the log-odds of late have been off, for all together and then by days before the promise: added to
   * them, recent predictions would have said what came, as far as there are enough of them to tell.
   * @param chance  that an order that missed its promise arrives at all: so much it counts
   * @returns shape (LEVEL_COUNT,), log-odds
   */
  shifts(now: number, chance: (order: Order) => number): Float64Array {
    while (this.#from < this.#to && now - (this.#promised[this.#from] as number) > BACK * DAY_MS) this.#from++;
    for (let i = this.#from; i < this.#to; i++) {
      const days = (now - (this.#promised[i] as number)) / DAY_MS;
      const counts = this.#missed[i] ? chance(this.#orders[i] as Order) : 1;
      this.#weight[i] = counts * 0.5 ** (days / RECENT);
    }
    const all = this.#solve(new Float64Array(1), new Uint8Array(LEVEL_COUNT));
    const own = Uint8Array.from({ length: LEVEL_COUNT }, (_, level) => level);
    const start = new Float64Array(LEVEL_COUNT).fill(all[0] as number);
    return this.#solve(start, own);
  }

  /** @param start  of each group  @param groupOf  the group of each level */
  #solve(start: Float64Array, groupOf: Uint8Array): Float64Array {
    const shift = start.slice();
    const [gradient, curvature] = [new Float64Array(shift.length), new Float64Array(shift.length)];
    for (let round = 0; round < ROUNDS; round++) {
      curvature.fill(PRIOR);
      for (let g = 0; g < shift.length; g++) gradient[g] = PRIOR * ((start[g] as number) - (shift[g] as number));
      for (let i = this.#from; i < this.#to; i++) {
        const g = groupOf[this.#level[i] as number] as number;
        const p = sigmoid((this.#logOdds[i] as number) + (shift[g] as number));
        const weight = this.#weight[i] as number;
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
