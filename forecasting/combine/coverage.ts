import { incompleteBeta } from "../math/incomplete.ts";

export type CoverageState = {
  /** Share of recent targets inside the interval. */
  readonly coverage: number;
  /** Chance of so few (or fewer) inside if the interval were honest. */
  readonly chance: number;
  /** True when that chance is below the limit: the series' intervals are not to be acted on without a person. */
  readonly broken: boolean;
};

/** Below this chance coverage counts as broken, about once in a thousand honest checks. */
export const BROKEN_BELOW = 1e-3;

/**
 * Whether a series' intervals still hold what they promise, by the binomial lower tail over recent targets.
 * @param inside   targets inside the interval, 0 .. n
 * @param n        recent targets; with 0 nothing is known and nothing is broken
 * @param nominal  promised coverage, 0..1
 */
export function coverageState(inside: number, n: number, nominal: number): CoverageState {
  if (!(inside >= 0 && inside <= n)) throw new RangeError(`inside: expected 0..${n}, got ${inside}`);
  if (!(nominal > 0 && nominal < 1)) throw new RangeError(`nominal: expected between 0 and 1, got ${nominal}`);
  if (n === 0) return { coverage: Number.NaN, chance: 1, broken: false };
  const chance = inside === n ? 1 : incompleteBeta(n - inside, inside + 1, 1 - nominal, nominal).lower;
  return { coverage: inside / n, chance, broken: chance < BROKEN_BELOW };
}
