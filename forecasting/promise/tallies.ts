/** What happened and what was expected, in the units of the tallies it belongs to. */
export interface Tally {
  observed: number;
  expected: number;
  /** How often the tallies had been rescaled when it was last touched. */
  era: number;
}

/** A new event weighs at most this before everything is rescaled. */
const HEAVIEST = 2 ** 400;

/** Counts of what happened against what was expected, that fade with time: what is new weighs ever more instead. */
export class Tallies {
  readonly #keep: number;
  #unit = 1;
  #era = 0;

  /** @param halfLife  days after which something counts half */
  constructor(halfLife: number) {
    this.#keep = 0.5 ** (1 / halfLife);
  }

  start(): Tally {
    return { observed: 0, expected: 0, era: this.#era };
  }

  add(tally: Tally, observed: number, expected: number): void {
    this.#settle(tally);
    tally.observed += observed * this.#unit;
    tally.expected += expected * this.#unit;
  }

  /** A day went by. */
  fade(): void {
    this.#unit /= this.#keep;
    if (this.#unit < HEAVIEST) return;
    this.#unit /= HEAVIEST;
    this.#era++;
  }

  /** Observed over expected, drawn towards `above` by as much as `prior` expected events would. */
  ratio(tally: Tally, prior: number, above = 1): number {
    this.#settle(tally);
    const own = prior * this.#unit;
    return (tally.observed + own * above) / (tally.expected + own);
  }

  /** Events, faded. */
  observed(tally: Tally): number {
    this.#settle(tally);
    return tally.observed / this.#unit;
  }

  expected(tally: Tally): number {
    this.#settle(tally);
    return tally.expected / this.#unit;
  }

  /** Events a day, of late. */
  perDay(tally: Tally): number {
    return this.observed(tally) * (1 - this.#keep);
  }

  #settle(tally: Tally): void {
    for (; tally.era < this.#era; tally.era++) {
      tally.observed /= HEAVIEST;
      tally.expected /= HEAVIEST;
    }
  }
}
