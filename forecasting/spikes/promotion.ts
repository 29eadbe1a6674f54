import type { Panel } from "../series/panel.ts";

export type Promotion = {
  readonly name: string;
  /** When it was announced, ms; always known without it. */
  readonly issued?: number;
  /** First and last moment of the peak. */
  readonly from: number;
  readonly to: number;
  /** Discount depth, 0..1; unknown for many. */
  readonly depth?: number;
  /** Announced factor on the target at the peak, where someone dares to name one. */
  readonly uplift?: number;
};

export type Lift = {
  /** Median and standard deviation of the log factor at the peak. */
  readonly log: number;
  readonly sd: number;
};

export const PROMOTION_DEFAULTS = {
  /**
   * What a promotion does when none has been seen: a factor of 2.2 in the median, and between 0.9 and 5.5 in 80 of
   * 100. Wide on purpose: it is a prior over shops and occasions, not an estimate.
   */
  log: Math.log(2.2),
  sd: 0.72,
  /**
   * The same of the one or two days of the year on which all shops sell at once. What trade bodies publish of them runs
   * from three to ten ordinary days.
   */
  grandLog: Math.log(3.5),
  /** Depth at which half of the full lift is reached. */
  halfDepth: 0.25,
  /** Teaser: share of the log lift in the days before (orders wait or come early); aftermath: decay per day. */
  teaserDays: 3,
  teaserShare: 0.1,
  aftermathShare: 0.45,
  aftermathDecay: 0.6,
  aftermathDays: 6,
} as const;

/** Saturating effect of depth, 1 at the depth of a half-price sale. */
export function saturation(depth: number, half: number = PROMOTION_DEFAULTS.halfDepth): number {
  return (depth / (depth + half)) * ((0.5 + half) / 0.5);
}

/** Names of the days on which all shops sell at once. */
const GRAND =
  /black.?friday|cyber.?monday|double.?(11|eleven)|singles|双.?(11|十一|12|十二)|\b(11\.11|12\.12|618)\b|prime.?day/i;

/**
 * Lift of a promotion: the prior updated by log lifts measured at past ones (normal-normal), scaled by depth.
 * An announced uplift counts as one more measurement, as uncertain as the prior.
 */
export function promotionLift(promotion: Promotion, measured: readonly { log: number; sd: number }[]): Lift {
  let precision = 1 / PROMOTION_DEFAULTS.sd ** 2;
  const prior = GRAND.test(promotion.name) ? PROMOTION_DEFAULTS.grandLog : PROMOTION_DEFAULTS.log;
  let sum = prior * precision;
  // Promotions differ from each other by about half of the prior spread: no number of them makes the next one certain.
  const between = PROMOTION_DEFAULTS.sd / 2;
  const evidence = [...measured];
  if (promotion.uplift !== undefined && promotion.uplift > 0)
    evidence.push({ log: Math.log(promotion.uplift), sd: PROMOTION_DEFAULTS.sd });
  for (const m of evidence) {
    const w = 1 / (m.sd ** 2 + between ** 2);
    sum += w * m.log;
    precision += w;
  }
  const scale = promotion.depth === undefined ? 1 : saturation(promotion.depth);
  return {
    log: (scale * sum) / precision,
    sd: scale * Math.sqrt(1 / precision + (evidence.length > 0 ? between ** 2 : 0)),
  };
}

/** Share of the peak's log lift at moment i, in steps of a day: teaser, peak, aftermath. */
export function phaseShare(promotion: Promotion, i: number): number {
  const p = PROMOTION_DEFAULTS;
  if (i >= promotion.from && i <= promotion.to) return 1;
  if (i < promotion.from) return promotion.from - i <= p.teaserDays ? p.teaserShare : 0;
  const after = i - promotion.to;
  return after <= p.aftermathDays ? p.aftermathShare * p.aftermathDecay ** (after - 1) : 0;
}

/** Log lifts measured at past promotions of a group: the peak against the median of the same weekdays around it. */
export function measuredLifts(panel: Panel, g: number, past: readonly Promotion[], origin: number) {
  const y = panel.groups[g]?.y ?? new Float64Array(0);
  return past.flatMap(({ from, to }) => {
    if (to >= origin || from < 0) return [];
    let log = 0;
    let days = 0;
    for (let i = from; i <= to; i++) {
      const around = [-21, -14, 14, 21].flatMap((k) =>
        i + k >= 0 && i + k < origin && !Number.isNaN(y[i + k] as number) ? [y[i + k] as number] : [],
      );
      around.sort((a, b) => a - b);
      const typical = around[around.length >> 1];
      if (typical === undefined || Number.isNaN(y[i] as number)) continue;
      log += Math.log(((y[i] as number) + 0.5) / (typical + 0.5));
      days++;
    }
    return days > 0 ? [{ log: log / days, sd: 0.25 }] : [];
  });
}
