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

/** @throws RangeError unless 0 <= from <= n and, where a method needs `history` earlier steps, from >= history */
export function checkFrom(from: number, n: number, history = 0): void {
  if (!Number.isInteger(from) || from < 0 || from > n) {
    throw new RangeError(`from: expected a step between 0 and ${n}, got ${from}`);
  }
  if (from < history) {
    throw new RangeError(`from: expected at least ${history} earlier steps for these options, got ${from}`);
  }
}
