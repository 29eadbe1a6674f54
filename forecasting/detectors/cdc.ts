import { normalUpperQuantile } from "../math/normal.ts";
import { studentUpperTail } from "../math/student.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { moments } from "./moments.ts";

export type CdcOptions = {
  /** Years back. */
  readonly b: number;
  /** Four-step "months" on each side of the present one. */
  readonly m: number;
  /** Two-sided level of the bound. */
  readonly alpha: number;
  readonly freq: number;
};

export const CDC_DEFAULTS: CdcOptions = { b: 5, m: 1, alpha: 0.025, freq: 52 };

/**
 * The CDC's historical limits: the last four steps together against the same and neighbouring four-step sums of past years.
 * @param counts  shape (n,), oldest first; a missing step leaves out the sums it belongs to
 * @returns       judgement, shape (n - from,), in counts of four steps: alarm where the last four exceed upper
 * @throws RangeError for an option out of range or too short a history
 * @see Stroup et al. (1989), Statistics in Medicine 8; Farrington and Andrews (2003)
 */
export function cdc(counts: Float64Array, from: number, options: CdcOptions): Judgement {
  const { b, m, alpha, freq } = options;
  if (!Number.isInteger(b) || b < 1) throw new RangeError(`b: expected 1 or more whole years, got ${b}`);
  if (!Number.isInteger(m) || m < 0) throw new RangeError(`m: expected a whole number of months, got ${m}`);
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha: expected between 0 and 1, got ${alpha}`);
  checkFrom(from, counts.length, b * freq + 4 * m + 3);
  const out = blankJudgement(counts.length - from);
  const z = normalUpperQuantile(alpha / 2);
  const sums = new Float64Array(b * (2 * m + 1));
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    let k = 0;
    for (let year = 1; year <= b; year++) {
      for (let month = -m; month <= m; month++) sums[k++] = fourSteps(counts, t - year * freq + 4 * month);
    }
    const { n, mean, sd } = moments(sums, 0, k);
    if (n < 2) continue;
    const spread = sd * Math.sqrt(1 + 1 / n);
    const y = fourSteps(counts, t);
    out.expected[i] = mean;
    out.upper[i] = mean + z * spread;
    out.pvalue[i] = studentUpperTail((y - mean) / spread, n - 1);
    out.alarm[i] = y > (out.upper[i] as number) ? 1 : 0;
  }
  return out;
}

function fourSteps(counts: Float64Array, last: number): number {
  let sum = 0;
  for (let i = last - 3; i <= last; i++) sum += counts[i] as number;
  return sum;
}
