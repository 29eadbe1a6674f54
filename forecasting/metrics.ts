/** One scored target. */
export type Scored = {
  readonly actual: number;
  readonly mean: number;
  /** Forecast quantiles at `levels`. */
  readonly quantiles: readonly number[];
  /** Mean absolute seasonal naive error of the training window, the unit of MASE. */
  readonly unit: number;
};

export type Metrics = {
  readonly n: number;
  readonly mae: number;
  readonly wape: number;
  readonly mase: number;
  /** Mean pinball loss over the nine deciles. */
  readonly pinball: number;
  /** Twice the summed pinball loss over the summed targets, mean over the nine deciles. */
  readonly weightedQuantileLoss: number;
  readonly coverage80: number;
  readonly coverage90: number;
  readonly coverage95: number;
};

const DECILES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

export function pinball(level: number, actual: number, quantile: number): number {
  return actual >= quantile ? level * (actual - quantile) : (1 - level) * (quantile - actual);
}

/** Accuracy of forecasts; the point judged by MAE, WAPE and MASE is the median. Levels must hold the deciles and tails. */
export function metricsOf(scored: readonly Scored[], levels: readonly number[]): Metrics {
  const index = (level: number): number => {
    const at = levels.indexOf(level);
    if (at < 0) throw new RangeError(`levels: expected ${level} among ${levels.join(", ")}`);
    return at;
  };
  const median = index(0.5);
  const deciles = DECILES.map(index);
  const inside = (low: number, high: number) => {
    const [a, b] = [index(low), index(high)];
    return (
      scored.filter((s) => s.actual >= (s.quantiles[a] as number) && s.actual <= (s.quantiles[b] as number)).length /
      scored.length
    );
  };
  let absolute = 0;
  let scaled = 0;
  let size = 0;
  let loss = 0;
  for (const s of scored) {
    const error = Math.abs(s.actual - (s.quantiles[median] as number));
    absolute += error;
    scaled += s.unit > 0 ? error / s.unit : 0;
    size += Math.abs(s.actual);
    for (let d = 0; d < deciles.length; d++) {
      loss += pinball(DECILES[d] as number, s.actual, s.quantiles[deciles[d] as number] as number) / deciles.length;
    }
  }
  const n = scored.length;
  return {
    n,
    mae: absolute / n,
    wape: absolute / size,
    mase: scaled / n,
    pinball: loss / n,
    weightedQuantileLoss: (2 * loss) / size,
    coverage80: inside(0.1, 0.9),
    coverage90: inside(0.05, 0.95),
    coverage95: inside(0.025, 0.975),
  };
}
