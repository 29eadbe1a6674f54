import { normalUpperTail } from "../math/normal.ts";
import { poissonUpperTail } from "../math/poisson.ts";
import { blankJudgement, checkFrom, type Judgement } from "./judgement.ts";
import { moments } from "./moments.ts";
import { checkWindow, type ReferenceWindow, referenceValues, windowHistory } from "./reference-window.ts";

export type RkiOptions = ReferenceWindow & { readonly freq: number };

export const RKI_DEFAULTS = {
  rki1: { b: 0, w: 6, actY: true, freq: 52 },
  rki2: { b: 1, w: 6, actY: true, freq: 52 },
  rki3: { b: 2, w: 4, actY: false, freq: 52 },
} as const satisfies Record<string, RkiOptions>;

/** Upper 95 % limits for a Poisson mean after 0..20 events. Source: Crow and Gardner (1959), Biometrika 46, table 1. */
const CROW_GARDNER = [
  3.285, 5.323, 6.686, 8.102, 9.598, 11.177, 12.817, 13.765, 14.921, 16.768, 17.633, 19.05, 20.335, 21.364, 22.945,
  23.762, 25.4, 26.306, 27.735, 28.966, 30.017,
] as const;

/**
 * RKI 1-3: mean plus two standard deviations of the reference counts or, where the mean is 20 or less, a Poisson limit.
 * @param counts  shape (n,), oldest first; NaN where missing
 * @returns       judgement, shape (n - from,); alarm where count > upper
 * @throws RangeError for an option out of range
 * @see Altmann (2003), The Surveillance System of the Robert Koch-Institute
 */
export function rki(counts: Float64Array, from: number, options: RkiOptions): Judgement {
  checkWindow(options);
  checkFrom(from, counts.length, windowHistory(options, options.freq));
  const out = blankJudgement(counts.length - from);
  for (let t = from; t < counts.length; t++) {
    const i = t - from;
    const reference = referenceValues(counts, t, options.freq, options);
    if (reference.length === 0) continue;
    const { mean, sd } = moments(reference, 0, reference.length);
    const y = counts[t] as number;
    out.expected[i] = mean;
    if (mean > 20) {
      out.upper[i] = mean + 2 * sd;
      out.pvalue[i] = normalUpperTail((y - mean) / sd);
    } else {
      out.upper[i] = CROW_GARDNER[Math.floor(mean)] as number;
      // The limit is for the mean after floor(mean) events; ordering by the Poisson tail agrees with it.
      out.pvalue[i] = poissonUpperTail(y, Math.max(mean, 0.5 / reference.length));
    }
    out.alarm[i] = y > (out.upper[i] as number) ? 1 : 0;
  }
  return out;
}
