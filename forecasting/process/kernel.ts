/**
 * Additive covariance of a log series: a slow wandering trend, a smooth and a sharp yearly shape, a weekly shape and
 * its change over the year, drivers (linear and smooth, the smooth part also by kind of day), flags, and a level that
 * drifts over days. Everything that depends on the distance in time alone is tabulated by lag.
 */
export type Inputs = {
  /** Rows: training and future moments. */
  readonly rows: number;
  /** Moment of each row, in steps. */
  readonly time: Int32Array;
  readonly stepsPerYear: number;
  /** Place in the week (or day) cycle per row; one value throughout when there is no such cycle. */
  readonly cycle: Int32Array;
  /** Kind of day per row: working, or weekend and holiday. */
  readonly kind: Int32Array;
  /** Row-major rows x d, standardised numbers. */
  readonly numbers: Float64Array;
  readonly d: number;
  /** Row-major rows x f of 0 and 1. */
  readonly flags: Float64Array;
  readonly f: number;
};

/** Positions of the parameters, all logarithms; length scales of the d numbers follow. */
export const AT = {
  trend: 0,
  trendSpan: 1,
  year: 2,
  yearScale: 3,
  sharp: 4,
  cycle: 5,
  cycleYear: 6,
  linear: 7,
  smooth: 8,
  byKind: 9,
  flag: 10,
  level: 11,
  levelSpan: 12,
  noise: 13,
  scales: 14,
} as const;

const SHARP_SCALE = 0.05;

export type Prior = { readonly mean: Float64Array; readonly sd: Float64Array };

/** Weakly informative priors: sizes are of effects on the log scale, spans in steps. */
export function priorFor(d: number, stepsPerYear: number): Prior {
  const mean = new Float64Array(AT.scales + d);
  const sd = new Float64Array(AT.scales + d).fill(1);
  const set = (at: number, m: number, s: number) => {
    mean[at] = Math.log(m);
    sd[at] = s;
  };
  set(AT.trend, 0.25, 0.7);
  set(AT.trendSpan, 1.2 * stepsPerYear, 0.5);
  set(AT.year, 0.2, 0.8);
  set(AT.yearScale, 0.8, 0.4);
  // Weeks of a year recur with their feasts and sales: taken as likely before a second year has shown it.
  const weekly = stepsPerYear < 60;
  set(AT.sharp, weekly ? 0.08 : 0.04, 0.8);
  set(AT.cycle, 0.15, 1);
  set(AT.cycleYear, 0.04, 0.8);
  set(AT.linear, 0.05, 0.8);
  set(AT.smooth, 0.2, 0.8);
  set(AT.byKind, 0.07, 0.8);
  set(AT.flag, 0.12, 0.7);
  set(AT.level, 0.1, 0.8);
  set(AT.levelSpan, Math.max(4, stepsPerYear / 40), 0.8);
  set(AT.noise, 0.1, 1);
  for (let j = 0; j < d; j++) set(AT.scales + j, 2.5, 0.6);
  return { mean, sd };
}

export type Tables = { readonly plain: Float64Array; readonly sameCycle: Float64Array };

/** Covariance by lag: the part every pair has, and the part pairs in the same place of the cycle add. */
export function lagTables(theta: Float64Array, lags: number, stepsPerYear: number): Tables {
  const plain = new Float64Array(lags);
  const sameCycle = new Float64Array(lags);
  for (let lag = 0; lag < lags; lag++) {
    const part = lagParts(theta, lag, stepsPerYear);
    plain[lag] = part.trend + part.year + part.sharp + part.level;
    sameCycle[lag] = Math.exp(2 * at(theta, AT.cycle)) + part.cycleYear;
  }
  return { plain, sameCycle };
}

const at = (theta: Float64Array, i: number): number => theta[i] as number;

export function lagParts(theta: Float64Array, lag: number, stepsPerYear: number) {
  const s2 = Math.sin((Math.PI * lag) / stepsPerYear) ** 2;
  const r = (Math.sqrt(3) * lag) / Math.exp(at(theta, AT.trendSpan));
  const smoothYear = Math.exp((-2 * s2) / Math.exp(2 * at(theta, AT.yearScale)));
  return {
    trend: Math.exp(2 * at(theta, AT.trend)) * (1 + r) * Math.exp(-r),
    trendBySpan: Math.exp(2 * at(theta, AT.trend)) * r * r * Math.exp(-r),
    year: Math.exp(2 * at(theta, AT.year)) * smoothYear,
    yearByScale: Math.exp(2 * at(theta, AT.year)) * smoothYear * ((4 * s2) / Math.exp(2 * at(theta, AT.yearScale))),
    sharp: Math.exp(2 * at(theta, AT.sharp)) * Math.exp((-2 * s2) / SHARP_SCALE ** 2),
    cycleYear: Math.exp(2 * at(theta, AT.cycleYear)) * smoothYear,
    cycleYearByScale:
      Math.exp(2 * at(theta, AT.cycleYear)) * smoothYear * ((4 * s2) / Math.exp(2 * at(theta, AT.yearScale))),
    level: Math.exp(2 * at(theta, AT.level)) * Math.exp(-lag / Math.exp(at(theta, AT.levelSpan))),
    levelBySpan:
      Math.exp(2 * at(theta, AT.level)) *
      Math.exp(-lag / Math.exp(at(theta, AT.levelSpan))) *
      (lag / Math.exp(at(theta, AT.levelSpan))),
  };
}

/** Covariance of two rows without noise. */
export function covariance(inputs: Inputs, theta: Float64Array, tables: Tables, a: number, b: number): number {
  const { time, cycle, kind, numbers, d, flags, f } = inputs;
  const lag = Math.abs((time[a] as number) - (time[b] as number));
  let k = 1 + (tables.plain[lag] as number);
  if (cycle[a] === cycle[b]) k += tables.sameCycle[lag] as number;
  if (d > 0) {
    let distance = 0;
    let dot = 0;
    for (let j = 0; j < d; j++) {
      const inverse = Math.exp(-at(theta, AT.scales + j));
      const u = (numbers[a * d + j] as number) * inverse;
      const v = (numbers[b * d + j] as number) * inverse;
      distance += (u - v) * (u - v);
      dot += u * v;
    }
    const smooth = Math.exp(2 * at(theta, AT.smooth)) + (kind[a] === kind[b] ? Math.exp(2 * at(theta, AT.byKind)) : 0);
    k += smooth * Math.exp(-distance / 2) + Math.exp(2 * at(theta, AT.linear)) * dot;
  }
  if (f > 0) {
    let shared = 0;
    for (let j = 0; j < f; j++) shared += (flags[a * f + j] as number) * (flags[b * f + j] as number);
    if (shared > 0) k += Math.exp(2 * at(theta, AT.flag)) * shared;
  }
  return k;
}
