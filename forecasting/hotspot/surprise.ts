import { negativeBinomialQuantile, negativeBinomialUpperTail } from "../math/negative-binomial.ts";
import type { Level } from "./level.ts";

/** Share by which a level drifts in ways nobody sees, standard deviation. */
const DRIFT = 0.12;

/** The negative binomial a window's count is judged by. */
export interface Predictive {
  readonly mean: number;
  readonly theta: number;
}

/**
 * What a window should hold: chance in the count, days that are not alike, and errors of the level all widen it.
 * @param expected  of the window at the common rate
 * @param hours     length of the window
 */
export function predictive(level: Level, expected: number, hours: number): Predictive {
  const mean = Math.max(level.ratio * expected, 1e-6);
  // Between a day and a week the spread goes over from one to the other.
  const part = Math.min(1, Math.max(0, (hours - 24) / 144));
  const phi = level.dayPhi + part * (level.weekPhi - level.dayPhi);
  const relative = (phi - 1) / mean + phi / level.events + DRIFT ** 2;
  return { mean, theta: 1 / relative };
}

/** P(Y >= count). */
export const surprise = ({ mean, theta }: Predictive, count: number): number =>
  negativeBinomialUpperTail(count, mean, theta);

/** The largest count whose p-value is above alpha: with as many, nothing would have been said. */
export const bound = ({ mean, theta }: Predictive, alpha: number): number =>
  negativeBinomialQuantile(1 - alpha, mean, theta);
