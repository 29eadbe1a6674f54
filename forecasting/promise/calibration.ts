import { sigmoid } from "./logistic.ts";
import { LEVEL_COUNT } from "./risk-model.ts";

/** One of its own predictions whose outcome is known. */
export interface Past {
  readonly logOdds: number;
  readonly level: number;
  readonly y: number;
  readonly weight: number;
}

/** Predictions' worth of doubt before a shift is believed, in units of p(1-p). */
const PRIOR = 5;

/**
 * How much the log-odds of late have been off, for all together and then by days before the promise: added to them,
 * recent predictions would have said what came, as far as there are enough of them to tell.
 * @returns shape (LEVEL_COUNT,), log-odds
 */
export function shiftsOf(past: readonly Past[]): Float64Array {
  const all = shift(past, 0);
  return Float64Array.from(
    { length: LEVEL_COUNT },
    (_, level) =>
      all +
      shift(
        past.filter((one) => one.level === level),
        all,
      ),
  );
}

function shift(past: readonly Past[], start: number): number {
  let s = 0;
  for (let round = 0; round < 4; round++) {
    let gradient = -PRIOR * s;
    let curvature = PRIOR;
    for (const { logOdds, y, weight } of past) {
      const p = sigmoid(logOdds + start + s);
      gradient += weight * (y - p);
      curvature += weight * p * (1 - p);
    }
    s += Math.max(-1, Math.min(1, gradient / curvature));
  }
  return s;
}
