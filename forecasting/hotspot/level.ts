/** What a series is like when nothing is wrong. */
export interface Level {
  /** Its events over those expected of its exposure at the common rate. */
  readonly ratio: number;
  /** Events the ratio rests on, after weighing: how sure it is. */
  readonly events: number;
  /** Variance of a day's count over its mean, and of a week's. */
  readonly dayPhi: number;
  readonly weekPhi: number;
  /** Days used. */
  readonly days: number;
}

export const LEVEL_DEFAULTS = {
  /** Days after which what was seen counts half: the level follows a trend without being told of it. */
  halfLife: 35,
  /** Events the common rate is worth to a series that has few of its own. */
  prior: 3,
  /** Variance over mean believed before anything was seen, and the days and weeks that belief is worth. */
  phi: 1.25,
  phiDays: 14,
  phiWeeks: 4,
  /** Standardised residual above which a past day is taken for an outbreak and weighs less. */
  outlier: 2.58,
} as const;

/**
 * Level and dispersion of daily counts around their expectations, with past outbreaks weighed down.
 * @param counts    by day, newest last; NaN where unknown
 * @param expected  of each day at the common rate, >= 0
 * @param outlier   residual above which a day counts less (Anscombe residuals of the negative binomial are close to these)
 * @see Noufaily et al. (2013), Statistics in Medicine 32, for the weights
 */
export function fitLevel(counts: Float64Array, expected: Float64Array, options = LEVEL_DEFAULTS): Level {
  const n = counts.length;
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) weights[i] = Number.isNaN(counts[i]) ? 0 : 0.5 ** ((n - 1 - i) / options.halfLife);
  let ratio = 1;
  let events = 0;
  let dayPhi: number = options.phi;
  const calm = new Float64Array(n).fill(1);
  for (let pass = 0; pass < 3; pass++) {
    let seen = 0;
    let mean = 0;
    for (let i = 0; i < n; i++) {
      const w = (weights[i] as number) * (calm[i] as number);
      if (w === 0) continue;
      seen += w * (counts[i] as number);
      mean += w * (expected[i] as number);
    }
    ratio = (options.prior + seen) / (options.prior + mean);
    events = options.prior + seen;
    let pearson = options.phi * options.phiDays;
    let used: number = options.phiDays;
    for (let i = 0; i < n; i++) {
      const m = ratio * (expected[i] as number);
      if ((weights[i] as number) === 0 || !(m > 0)) continue;
      const r = ((counts[i] as number) - m) / Math.sqrt(Math.max(m, 0.25) * dayPhi);
      calm[i] = r > options.outlier ? (options.outlier / r) ** 2 : 1;
      if (m < 0.05) continue;
      // A day without anything expected says little of the spread, however surprising one event in it is.
      const share = m / (m + 0.2);
      pearson += share * (calm[i] as number) * (((counts[i] as number) - m) ** 2 / m);
      used += share * (calm[i] as number);
    }
    dayPhi = Math.max(1, pearson / used);
  }
  return { ratio, events, dayPhi, weekPhi: weekly(counts, expected, ratio, dayPhi, calm, options), days: n };
}

/** Days of one week that go together: their errors add up where they are of one sign. */
function weekly(
  counts: Float64Array,
  expected: Float64Array,
  ratio: number,
  dayPhi: number,
  calm: Float64Array,
  options: typeof LEVEL_DEFAULTS,
): number {
  let pearson = dayPhi * options.phiWeeks;
  let used: number = options.phiWeeks;
  for (let end = counts.length; end >= 7; end -= 7) {
    let seen = 0;
    let mean = 0;
    let weight = 0;
    for (let i = end - 7; i < end; i++) {
      if (Number.isNaN(counts[i])) continue;
      seen += counts[i] as number;
      mean += ratio * (expected[i] as number);
      weight += (calm[i] as number) / 7;
    }
    if (mean < 0.3) continue;
    const share = (weight * mean) / (mean + 0.2);
    pearson += (share * (seen - mean) ** 2) / mean;
    used += share;
  }
  return Math.max(dayPhi, pearson / used);
}
