import { median } from "../median.ts";

/** Strengths (-log p) of the strongest surprise of each place in one week, those above `LEAST` only. */
export type Week = readonly number[];

/** Surprises weaker than one in a hundred are the common run of chance and are not kept. */
export const LEAST = Math.log(100);
/** Weeks looked back on. */
export const BUDGET_WEEKS = 8;

const BUDGET = {
  /** Strongest surprises a place and week expected beyond LEAST before any were seen: windows of several lengths, each hour. */
  prior: 0.2,
  /** Surprises the belief that p-values are right is worth. */
  meanWeight: 15,
  /** Mean of -log p beyond LEAST: 1 when p-values are right, more when their tails are too light. */
  mostMean: 2.5,
  /** Never easier than this. */
  easiest: Math.log(200),
} as const;

/**
 * How strong a surprise must be (-log p) so that no more than `pages` places a week pass by chance: the rate of weaker
 * surprises and the fall of their tail are those of the series themselves, so that many windows, hours, overlapping
 * places and a spread that no model got right are all paid for. Medians keep past outbreaks from raising it.
 * @param weeks   of the past, each the strongest surprises above LEAST by place
 * @param places  places judged now
 * @param pages   false pages a week, > 0
 * @param prior   surprises a week believed before any were seen
 * @see Pickands (1975), Annals of Statistics 3, for the exponential tail beyond a high threshold
 */
export function threshold(
  weeks: readonly Week[],
  places: number,
  pages: number,
  prior: number = BUDGET.prior * Math.max(1, places),
): number {
  const counts = [prior, ...weeks.map((week) => week.length)];
  const rate = Math.max(median(counts), prior / 4, 0.05);
  const beyond = weeks.flatMap((week) => week.map((q) => q - LEAST));
  const seen = beyond.length === 0 ? 1 : median(beyond) / Math.LN2;
  const mean = (BUDGET.meanWeight + beyond.length * seen) / (BUDGET.meanWeight + beyond.length);
  const slope = Math.min(BUDGET.mostMean, Math.max(1, mean));
  return Math.max(BUDGET.easiest, LEAST + slope * Math.log(Math.max(1, rate / pages)));
}
