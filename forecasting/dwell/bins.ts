import { normalUpperTail } from "../math/normal.ts";

/** Bins of working time on a log scale: bin k holds exp(k / PER_E) .. exp((k + 1) / PER_E) hours. */
export const PER_E = 12;
/** Shorter than this, in hours, is all one to us. */
export const SHORTEST = 0.05;

/** Waits by bin: those that ended, and those that were still going on when they were last looked at. */
export interface Waits {
  /** Bin numbers, ascending, no repeats. */
  readonly bins: readonly number[];
  /** Shape of `bins`, counts >= 0. */
  readonly ended: readonly number[];
  readonly going: readonly number[];
}

/** log(hours) at the middle of a bin. */
export const middleOf = (bin: number): number => (bin + 0.5) / PER_E;
export const binOf = (hours: number): number => Math.floor(Math.log(Math.max(SHORTEST, hours)) * PER_E);

export interface Moments {
  /** Waits that ended. */
  readonly n: number;
  /** Of log(hours), shifted by `shift`. */
  readonly mean: number;
  readonly variance: number;
}

/** Waits and what is taken off each log(hours) of them, such as what their carrier is slower by. */
export interface Part {
  readonly waits: Waits;
  readonly shift: number;
}

/**
 * Mean and variance of log(hours) where some waits are not over: a censored normal fitted by EM, so that leaving out
 * those who still wait does not make the norm look quick. Without such waits these are the plain moments.
 * @returns n 0 and NaN moments when nothing ended
 * @see Dempster, Laird, Rubin (1977), JRSS B 39, section 4.1: grouped and censored data
 */
export function momentsOf(parts: readonly Part[]): Moments {
  let [n, s1, s2] = [0, 0, 0];
  const going: { readonly x: number; readonly count: number }[] = [];
  for (const { waits, shift } of parts) {
    waits.bins.forEach((bin, i) => {
      const x = middleOf(bin) - shift;
      const ended = waits.ended[i] as number;
      n += ended;
      s1 += ended * x;
      s2 += ended * x * x;
      if ((waits.going[i] as number) > 0) going.push({ x, count: waits.going[i] as number });
    });
  }
  if (n === 0) return { n, mean: Number.NaN, variance: Number.NaN };
  let mean = s1 / n;
  let variance = Math.max(FLOOR, s2 / n - mean * mean);
  for (let round = 0; going.length > 0 && round < ROUNDS; round += 1) {
    const sd = Math.sqrt(variance);
    let [e0, e1, e2] = [n, s1, s2];
    for (const { x, count } of going) {
      const at = (x - mean) / sd;
      const hazard = millsOf(at);
      const beyond = mean + sd * hazard;
      e0 += count;
      e1 += count * beyond;
      e2 += count * (beyond * beyond + variance * (1 + at * hazard - hazard * hazard));
    }
    mean = e1 / e0;
    variance = Math.max(FLOOR, e2 / e0 - mean * mean);
  }
  return { n, mean, variance };
}

const ROUNDS = 25;
/** A bin's own width is uncertainty too. */
const FLOOR = 1 / (12 * PER_E * PER_E);

/** phi(z) / P(Z > z); by its asymptote where both underflow. */
function millsOf(z: number): number {
  if (z > 30) return z + 1 / z;
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI) / normalUpperTail(z);
}

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
