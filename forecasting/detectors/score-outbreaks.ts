/** p-value of each judged step, by series and time. */
export type Judged = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** An outbreak's first and last step. */
export type Truth = { readonly series: string; readonly start: number; readonly end: number };

export type OutbreakScore = {
  /** Share of steps without outbreak that alarm, by choice of the threshold. */
  readonly falsePositiveRate: number;
  readonly threshold: number;
  /** Share of outbreaks with an alarm between first and last step. */
  readonly detected: number;
  /** Share found in their first step. */
  readonly firstStep: number;
  /** Steps from start to first alarm, of those found. */
  readonly delay: number;
  /** Share of steps without outbreak with p at or below falsePositiveRate: equal to it for a calibrated method. */
  readonly nominal: number;
};

/**
 * Probability of detection at matched false positive rates: p-values of the same series without and with an outbreak.
 * An outbreak's step without p-value counts as no evidence.
 * @throws RangeError when nothing was judged
 */
export function scoreOutbreaks(
  quiet: Judged,
  outbreaks: Judged,
  truth: readonly Truth[],
  rates: readonly number[],
): OutbreakScore[] {
  const none = [...quiet.values()].flatMap((steps) => [...steps.values()].map((p) => (Number.isNaN(p) ? 1 : p)));
  if (none.length === 0 || truth.length === 0)
    throw new RangeError("score: expected judged steps and outbreaks, got none");
  none.sort((a, b) => a - b);
  return rates.map((rate) => {
    const threshold = none[Math.floor(rate * none.length)] as number;
    let found = 0;
    let first = 0;
    let delay = 0;
    for (const { series, start, end } of truth) {
      const steps = outbreaks.get(series);
      for (let t = start; t <= end; t++) {
        if (!((steps?.get(t) ?? 1) < threshold)) continue;
        found++;
        delay += t - start;
        if (t === start) first++;
        break;
      }
    }
    return {
      falsePositiveRate: rate,
      threshold,
      detected: found / truth.length,
      firstStep: first / truth.length,
      delay: found > 0 ? delay / found : Number.NaN,
      nominal: none.filter((p) => p <= rate).length / none.length,
    };
  });
}
