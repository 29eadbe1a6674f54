/**
 * What a detector says of the steps it judged, shape (m,), oldest first.
 * `upper` is the bound of the method in counts (or, where its own papers report a statistic, that statistic); NaN where
 * nothing can be said. `pvalue` orders the evidence: smaller is stronger; NaN where nothing can be said.
 */
export type Judgement = {
  readonly expected: Float64Array;
  readonly upper: Float64Array;
  readonly pvalue: Float64Array;
  readonly alarm: Uint8Array;
};

/** A judgement of m steps about which nothing is known yet. */
export function blankJudgement(m: number): Judgement {
  return {
    expected: new Float64Array(m).fill(Number.NaN),
    upper: new Float64Array(m).fill(Number.NaN),
    pvalue: new Float64Array(m).fill(Number.NaN),
    alarm: new Uint8Array(m),
  };
}

/** A first step with too little history; says how much would do. */
export class HistoryError extends RangeError {
  readonly needed: number;

  constructor(needed: number, got: number) {
    super(`from: expected at least ${needed} earlier steps for these options, got ${got}`);
    this.name = "HistoryError";
    this.needed = needed;
  }
}

/** @throws RangeError unless 0 <= from <= n ; HistoryError where a method needs more earlier steps */
export function checkFrom(from: number, n: number, history = 0): void {
  if (!Number.isInteger(from) || from < 0 || from > n) {
    throw new RangeError(`from: expected a step between 0 and ${n}, got ${from}`);
  }
  if (from < history) {
    throw new HistoryError(history, from);
  }
}
