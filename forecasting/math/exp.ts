/** ln 2 in two parts, of which the first times any whole number below 2^20 is exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const PARTS = 64;
const PER_PART = PARTS / Math.LN2;
const HIGH = LN2_HIGH / PARTS;
const LOW = LN2_LOW / PARTS;
/** 2^(i/64), and powers of two from 2^-1022. */
const ROOTS = Float64Array.from({ length: PARTS }, (_, i) => 2 ** (i / PARTS));
const LEAST = -1022;
const POWERS = Float64Array.from({ length: 1023 - LEAST + 1 }, (_, i) => 2 ** (i + LEAST));

/**
 * e^x within 4e-16 of itself for -700 <= x <= 700, not checked: a third of the time of `Math.exp`, which loops over
 * histories spend most of theirs on. @see Tang (1989), ACM TOMS 15, for the tables
 */
export function quickExp(x: number): number {
  const k = Math.floor(x * PER_PART + 0.5);
  const r = x - k * HIGH - k * LOW;
  const rest = 1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120)))));
  return (ROOTS[k & (PARTS - 1)] as number) * rest * (POWERS[(k >> 6) - LEAST] as number);
}

/** A number kept between two others; NaN stays. `Math.min` and `Math.max`, which mind signed zeros, cost more. */
export function between(low: number, x: number, high: number): number {
  if (x < low) return low;
  if (x > high) return high;
  return x;
}
