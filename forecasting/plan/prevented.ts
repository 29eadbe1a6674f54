/** Share of a customer's chance to complain that an action takes away, and how sure that is. */
export interface Effect {
  /** Complaints prevented per action, 0..1. */
  readonly perAction: number;
  readonly sd: number;
}

/** What came of customers treated and of a comparable few held out. */
export interface Trial {
  readonly treated: number;
  readonly treatedComplaints: number;
  readonly heldOut: number;
  readonly heldOutComplaints: number;
}

/**
 * What an action prevents: the belief, moved by a trial where one was held. The belief is a normal one and so is the
 * difference of two rates, by Agresti and Caffo with one complaint and one silence added to each group; an action is
 * never believed to cause complaints.
 * @see Agresti & Caffo (2000), The American Statistician 54
 */
export function effectOf(belief: Effect, trial?: Trial): Effect {
  if (trial === undefined || trial.treated === 0 || trial.heldOut === 0) return belief;
  const rate = (complaints: number, n: number) => (complaints + 1) / (n + 2);
  const [p, q] = [rate(trial.heldOutComplaints, trial.heldOut), rate(trial.treatedComplaints, trial.treated)];
  const variance = (p * (1 - p)) / (trial.heldOut + 2) + (q * (1 - q)) / (trial.treated + 2);
  const [a, b] = [1 / Math.max(1e-8, belief.sd ** 2), 1 / variance];
  return { perAction: Math.max(0, (belief.perAction * a + (p - q) * b) / (a + b)), sd: Math.sqrt(1 / (a + b)) };
}

/** Share of the complaints an action prevents that would have come so many days after it. */
const COMES_AFTER = [0.3, 0.25, 0.2, 0.15, 0.1] as const;

export interface Prevented {
  /** Complaints that would have come, by day. */
  readonly expected: Float64Array;
  /** Their standard deviation, from what is not known of the effect. */
  readonly sd: Float64Array;
}

/** @param actions  actions taken by day, oldest first */
export function preventedBy(actions: Float64Array, effect: Effect): Prevented {
  const expected = new Float64Array(actions.length);
  actions.forEach((n, day) => {
    COMES_AFTER.forEach((share, lag) => {
      if (day + lag < expected.length) expected[day + lag] = (expected[day + lag] as number) + n * share;
    });
  });
  const sd = expected.map((n) => n * effect.sd);
  return { expected: expected.map((n) => n * effect.perAction), sd };
}

/** Counts as they would have been had nobody acted: a calm that was bought is not learned as calm. */
export function addBack(counts: Float64Array, { expected }: Prevented): Float64Array {
  return counts.map((n, day) => n + (expected[day] as number));
}
