/**
 * When an excess began: the first step of the stretch, up to the last step, whose counts exceed their expectation most.
 * @param counts    by step, oldest first
 * @param expected  of each step
 * @returns the step, or -1 when no stretch exceeds
 * @see Bentley (1984), CACM 27, for the maximum sum of a stretch
 */
export function onset(counts: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [best, bestAt, run, runAt] = [0, -1, 0, 0];
  for (let i = 0; i < counts.length; i++) {
    if (run <= 0) [run, runAt] = [0, i];
    run += (counts[i] as number) - (expected[i] as number);
    if (run > best) [best, bestAt] = [run, runAt];
  }
  return bestAt;
}

/** Reports may trail their failure for so long that nothing is known of the newest: below this share no total is guessed. */
const LEAST_COMPLETE = 0.1;

/**
 * Reports still to come of failures that happened: by the age of the failure, what was reported over the share that is
 * usually reported by then.
 * @param reported  by age of the failure in steps, shape (n,)
 * @param usual     reports by delay in steps when all of them are in, shape (n,): the learned delay
 * @see Lawless (1994), Canadian Journal of Statistics 22, for counts with reporting delay
 */
export function stillToCome(reported: ArrayLike<number>, usual: ArrayLike<number>): number {
  let all = 0;
  for (let i = 0; i < usual.length; i++) all += usual[i] as number;
  if (all === 0) return 0;
  let [seen, missing] = [0, 0];
  for (let age = 0; age < reported.length; age++) {
    seen += (usual[age] as number) ?? 0;
    const complete = Math.max(LEAST_COMPLETE, seen / all);
    missing += (reported[age] as number) * (1 / complete - 1);
  }
  return missing;
}
