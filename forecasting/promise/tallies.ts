/** Counts of what happened against what was expected, by name, that fade with time. */
export class Tallies {
  readonly #pairs = new Map<string, Float64Array>();
  readonly #keep: number;

  /** @param halfLife  days after which something counts half */
  constructor(halfLife: number) {
    this.#keep = 0.5 ** (1 / halfLife);
  }

  add(name: string, observed: number, expected: number): void {
    let pair = this.#pairs.get(name);
    if (!pair) {
      pair = new Float64Array(2);
      this.#pairs.set(name, pair);
    }
    pair[0] = (pair[0] as number) + observed;
    pair[1] = (pair[1] as number) + expected;
  }

  /** A day went by. */
  fade(): void {
    for (const [name, pair] of this.#pairs) {
      pair[0] = (pair[0] as number) * this.#keep;
      pair[1] = (pair[1] as number) * this.#keep;
      if ((pair[0] as number) < 1e-3 && (pair[1] as number) < 1e-3) this.#pairs.delete(name);
    }
  }

  /** Observed over expected, drawn towards `above` by as much as `prior` expected events would. */
  ratio(name: string, prior: number, above = 1): number {
    const pair = this.#pairs.get(name);
    return pair ? ((pair[0] as number) + prior * above) / ((pair[1] as number) + prior) : above;
  }

  pair(name: string): Float64Array | undefined {
    return this.#pairs.get(name);
  }

  /** Events a day, of late. */
  perDay(name: string): number {
    return (this.#pairs.get(name)?.[0] ?? 0) * (1 - this.#keep);
  }
}
