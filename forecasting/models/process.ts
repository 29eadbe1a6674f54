import { evidence, type Observations, withPrior } from "../process/evidence.ts";
import { type Inputs, priorFor } from "../process/kernel.ts";
import { climb } from "../process/learn.ts";
import { predictRows } from "../process/predict.ts";
import { DAY, type Panel } from "../series/panel.ts";
import { cycleOf, laggedMean, restDays, tame } from "./features.ts";
import { type Forecaster, logOffset } from "./forecaster.ts";
import { powerTransform } from "./power.ts";

export const PROCESS_DEFAULTS = {
  /** Observations used to learn the scales, and to forecast. The cost grows with the cube. */
  learnRows: 400,
  useRows: 800,
  /** Rounds of learning the first time and when refreshed, and how much longer the series must be for a refresh. */
  firstRounds: 40,
  laterRounds: 12,
  refresh: 0.12,
} as const;

/**
 * Gaussian process on the log series with the additive covariance of process/kernel.ts.
 * @see Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, ch. 5
 */
export function processForecaster(power = 0): Forecaster {
  const learned = new Map<number, { theta: Float64Array; at: number }>();
  return {
    name: power === 0 ? "process" : `process^${power}`,
    issue(panel, origin, horizon) {
      const location: Float64Array[] = [];
      const spread: Float64Array[] = [];
      for (let g = 0; g < panel.groups.length; g++) {
        const y = panel.groups[g]?.y as Float64Array;
        const offset = logOffset(y, origin);
        const inputs = processInputs(panel, g, origin, horizon);
        const known: number[] = [];
        for (let i = 0; i < origin; i++) if (!Number.isNaN(y[i] as number)) known.push(i);
        // Nothing is known of a series that begins later: silence, not a guess.
        if (known.length === 0) {
          location.push(new Float64Array(horizon).fill(Number.NaN));
          spread.push(new Float64Array(horizon).fill(Number.NaN));
          continue;
        }
        const centre = known.reduce((s, i) => s + Math.log((y[i] as number) + offset), 0) / (known.length || 1);
        const scale = powerTransform(power, Math.exp(centre));
        const shift = known.reduce((s, i) => s + scale.to((y[i] as number) + offset), 0) / (known.length || 1);
        const observe = (limit: number): Observations => {
          const at = Int32Array.from(known.slice(-limit));
          return {
            at,
            z: Float64Array.from(at, (i) => scale.to((y[i] as number) + offset) - shift),
            // The variance a count has by itself, carried through the transform.
            extra: Float64Array.from(at, (i) => scale.slope((y[i] as number) + offset) ** 2 / ((y[i] as number) + 1)),
          };
        };
        const prior = priorFor(inputs.d, inputs.stepsPerYear);
        const before = learned.get(g);
        let theta = before && before.theta.length === prior.mean.length ? before.theta : prior.mean;
        if (!before || theta === prior.mean || origin > before.at * (1 + PROCESS_DEFAULTS.refresh)) {
          const data = observe(PROCESS_DEFAULTS.learnRows);
          const target = (t: Float64Array) => withPrior(evidence(inputs, data, t), t, prior);
          const rounds = theta === prior.mean ? PROCESS_DEFAULTS.firstRounds : PROCESS_DEFAULTS.laterRounds;
          theta = climb(theta, target, rounds, theta === prior.mean ? 0.15 : 0.05);
          learned.set(g, { theta, at: origin });
        }
        const rows = Int32Array.from({ length: horizon }, (_, h) => origin + h);
        const posterior = predictRows(inputs, observe(PROCESS_DEFAULTS.useRows), theta, rows);
        const back = posterior.mean.map((m) => scale.back(m + shift));
        location.push(back.map(Math.log));
        spread.push(posterior.sd.map((s, h) => s / scale.slope(back[h] as number)));
      }
      return { origin, location, spread };
    },
  };
}

function processInputs(panel: Panel, g: number, origin: number, horizon: number): Inputs {
  const rows = origin + horizon;
  const group = panel.groups[g];
  if (!group) throw new RangeError(`group ${g}: expected one of ${panel.groups.length}`);
  const numbers: Float64Array[] = [];
  const flags: Float64Array[] = [];
  panel.drivers.forEach((driver, k) => {
    const values = group.drivers[k] as Float64Array;
    if (driver.kind === "flag") flags.push(values);
    else {
      const tamed = tame(values, origin);
      numbers.push(tamed);
      if (panel.step <= DAY) numbers.push(laggedMean(tamed, 1, 3));
    }
  });
  const d = numbers.length;
  const f = flags.length;
  const packed = (columns: Float64Array[], width: number) => {
    const result = new Float64Array(rows * width);
    columns.forEach((column, j) => {
      for (let i = 0; i < rows; i++) result[i * width + j] = column[i] as number;
    });
    return result;
  };
  return {
    rows,
    time: Int32Array.from({ length: rows }, (_, i) => i),
    stepsPerYear: (365.2425 * DAY) / panel.step,
    cycle: cycleOf(panel),
    kind: restDays(panel, g),
    numbers: packed(numbers, d),
    d,
    flags: packed(flags, f),
    f,
  };
}
