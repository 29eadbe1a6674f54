import { type Forecaster, logOffset } from "./forecaster.ts";

export type EtsState = {
  readonly level: number;
  readonly slope: number;
  readonly season: Float64Array;
  /** Place in the season of the next value. */
  readonly phase: number;
  readonly damping: number;
  readonly sigma: number;
  /** Smoothing weights of level, slope and season. */
  readonly gain: number;
  readonly slopeGain: number;
  readonly seasonGain: number;
};

const GAINS = [0.03, 0.08, 0.16, 0.3, 0.5];
const SLOPES = [0, 0.01, 0.05];
const SEASONS = [0.02, 0.06, 0.15];
const DAMPING = 0.95;

/**
 * Exponential smoothing with additive errors, damped trend and season, on values given (logs, usually). Smoothing
 * weights by the least sum of squared one-step errors over a grid; missing values (NaN) leave the state to drift.
 * @see Hyndman, Koehler, Ord, Snyder (2008), Forecasting with Exponential Smoothing, model A,Ad,A
 */
export function fitEts(z: Float64Array, season: number): EtsState {
  const m = season > 1 && z.length >= 2 * season ? season : 1;
  let best: { sse: number; state: EtsState } | undefined;
  for (const gain of GAINS) {
    for (const slopeGain of SLOPES) {
      for (const seasonGain of m > 1 ? SEASONS : [0]) {
        const run = smooth(z, m, gain, slopeGain, seasonGain);
        if (!best || run.sse < best.sse) best = run;
      }
    }
  }
  return (best as { state: EtsState }).state;
}

function smooth(z: Float64Array, m: number, gain: number, slopeGain: number, seasonGain: number) {
  const n = z.length;
  const season = new Float64Array(m);
  const counts = new Float64Array(m);
  const head = Math.min(n, Math.max(2 * m, 10));
  let level = 0;
  let known = 0;
  for (let i = 0; i < head; i++) {
    if (Number.isNaN(z[i] as number)) continue;
    level += z[i] as number;
    known++;
  }
  level = known > 0 ? level / known : 0;
  for (let i = 0; i < head && m > 1; i++) {
    if (Number.isNaN(z[i] as number)) continue;
    season[i % m] = (season[i % m] as number) + (z[i] as number) - level;
    counts[i % m] = (counts[i % m] as number) + 1;
  }
  for (let k = 0; k < m; k++) if ((counts[k] as number) > 0) season[k] = (season[k] as number) / (counts[k] as number);
  let slope = 0;
  let sse = 0;
  let scored = 0;
  let phase = 0;
  for (let i = 0; i < n; i++) {
    const drift = DAMPING * slope;
    const value = z[i] as number;
    const s = season[phase] as number;
    if (Number.isNaN(value)) level += drift;
    else {
      const error = value - (level + drift + s);
      level += drift + gain * error;
      slope = drift + slopeGain * error;
      season[phase] = s + seasonGain * error;
      if (i >= head / 2) {
        sse += error * error;
        scored++;
      }
    }
    phase = phase + 1 === m ? 0 : phase + 1;
  }
  const sigma = Math.sqrt(sse / Math.max(1, scored));
  return {
    sse: scored > 0 ? sse : 0,
    state: { level, slope, season, phase, damping: DAMPING, sigma, gain, slopeGain, seasonGain },
  };
}

/** The state other values would have left with the smoothing weights of a fit. */
export function replayEts(fit: EtsState, z: Float64Array): EtsState {
  return smooth(z, fit.season.length, fit.gain, fit.slopeGain, fit.seasonGain).state;
}

/** Point forecasts h = 1 .. horizon of a fitted state. */
export function etsPath(state: EtsState, horizon: number): Float64Array {
  const path = new Float64Array(horizon);
  let drift = state.slope;
  let level = state.level;
  const m = state.season.length;
  for (let h = 0; h < horizon; h++) {
    drift *= state.damping;
    level += drift;
    path[h] = level + (state.season[(state.phase + h) % m] as number);
  }
  return path;
}

export function etsForecaster(season: number): Forecaster {
  return {
    name: `ets-${season}`,
    issue(panel, origin, horizon) {
      const states = panel.groups.map(({ y }) => {
        const offset = logOffset(y, origin);
        return fitEts(
          y.subarray(0, origin).map((v) => Math.log(v + offset)),
          season,
        );
      });
      return {
        origin,
        location: states.map((state) => etsPath(state, horizon)),
        spread: states.map((s) =>
          Float64Array.from({ length: horizon }, (_, h) => s.sigma * Math.sqrt(1 + h * s.gain * s.gain)),
        ),
      };
    },
  };
}
