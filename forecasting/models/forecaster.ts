import type { Panel } from "../series/panel.ts";

/** Forecasts issued at one moment for every group of a panel. */
export type Issue = {
  readonly origin: number;
  /** Per group, length horizon: the median of log(y + offset of the group); NaN where the model has nothing to say. */
  readonly location: readonly Float64Array[];
  /** Per group, length horizon: the model's own predictive standard deviation of the same, where it has one. */
  readonly spread?: readonly Float64Array[];
};

/**
 * A way to forecast. `issue` reads targets before `origin` only, and drivers at any moment.
 * A forecaster may learn slow things (scales, lags) at one origin and keep them for later ones, so call it with
 * origins in ascending order.
 */
export type Forecaster = {
  readonly name: string;
  readonly issue: (panel: Panel, origin: number, horizon: number) => Issue;
};

/** What is added to y before the logarithm: half a count, or a tenth of the median of a series of small amounts. */
export function logOffset(y: Float64Array, origin: number): number {
  const known = y.subarray(0, origin).filter((v) => v > 0);
  if (known.length === 0) return 0.5;
  known.sort();
  return Math.min(0.5, (known[known.length >> 1] as number) * 0.1);
}
