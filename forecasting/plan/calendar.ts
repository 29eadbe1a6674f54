/** Probabilities at which planned forecasts are issued. */
export const PLAN_LEVELS = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975] as const;
export const MEDIAN = 4;

/** Days ahead by the day, and days of them by the hour. */
export const DAYS_AHEAD = 35;
export const HOURLY_DAYS = 3;

/** What is known of one driver: its values by day, and how it goes on beyond what is known. */
export interface PlanDriver {
  readonly name: string;
  readonly kind: "promotion" | "weather" | "backlog" | "holiday";
  /** Days ahead for which its values were usually known in the past; a backtest sees no further. */
  readonly ahead: number;
  /** Share left after each day beyond, of a value that fades; 0 for one that is simply unknown. */
  readonly fade: number;
  /** Prior of the effect of one unit on the log of the count: mean and standard deviation. */
  readonly prior: { readonly mean: number; readonly sd: number };
}

const MONTHLY = 0.5;

/** Half-saturation: the effect of a discount of depth 0..1 against one of half price. */
export const saturating = (depth: number): number =>
  (Math.min(1, Math.max(0, depth)) / (Math.min(1, depth) + 0.25)) * 1.5;

/**
 * Drivers of planned forecasts and what is believed of them before anything was seen. Orders jump with a promotion;
 * complaints follow it by days to weeks, as its parcels come late. Beliefs are wide: they are priors over shops.
 */
export const PLAN_DRIVERS: Readonly<Record<"orders" | "complaints" | "parcels", readonly PlanDriver[]>> = {
  orders: drivers({ teaser: [-0.1, 0.3], peak: [Math.log(2.2), 0.72], soon: [-0.15, 0.4], later: [0, 0.2] }),
  complaints: drivers({ teaser: [0, 0.15], peak: [0.3, 0.45], soon: [0.45, 0.45], later: [0.25, 0.35] }),
  parcels: drivers({ teaser: [0, 0.2], peak: [0.3, 0.4], soon: [0.3, 0.4], later: [0.05, 0.2] }),
};

type Belief = readonly [mean: number, sd: number];

function drivers(p: { teaser: Belief; peak: Belief; soon: Belief; later: Belief }): PlanDriver[] {
  const promotion = (name: string, [mean, sd]: Belief): PlanDriver => ({
    name,
    kind: "promotion",
    ahead: 1000,
    fade: 0,
    prior: { mean, sd },
  });
  return [
    promotion("promotion teaser", p.teaser),
    promotion("promotion peak", p.peak),
    promotion("promotion aftermath, days", p.soon),
    promotion("promotion aftermath, weeks", p.later),
    { name: "rough weather", kind: "weather", ahead: 3, fade: 0, prior: { mean: 0, sd: 0.25 } },
    { name: "severe weather", kind: "weather", ahead: 3, fade: 0, prior: { mean: 0.1, sd: 0.3 } },
    { name: "rough weather before", kind: "weather", ahead: 3, fade: 0, prior: { mean: 0.1, sd: 0.3 } },
    { name: "backlog", kind: "backlog", ahead: 1, fade: 0.85, prior: { mean: 0.1, sd: MONTHLY / 2 } },
    { name: "holiday", kind: "holiday", ahead: 1000, fade: 0, prior: { mean: 0, sd: 0.3 } },
  ];
}

export interface PlanPromotion {
  /** First and last day of the peak. */
  readonly from: number;
  readonly to: number;
  /** Discount 0..1, where it is known. */
  readonly depth?: number | undefined;
  /** Announced factor on orders, where somebody dares to name one. */
  readonly uplift?: number | undefined;
}

/** Strength of a promotion in units of one ordinary half-price sale; saturates with depth. */
export function strengthOf({ depth, uplift }: PlanPromotion): number {
  if (depth !== undefined) return saturating(depth);
  // What is announced is half believed: sellers are optimists.
  if (uplift !== undefined) return (1 + Math.min(3, Math.max(0, Math.log(Math.max(1e-3, uplift)) / Math.log(2.2)))) / 2;
  return 1;
}

/** How far each phase of a promotion holds on a day: teaser, peak, days after, weeks after. */
export function phasesOf({ from, to }: PlanPromotion, day: number): readonly [number, number, number, number] {
  if (day < from) return [from - day <= 3 ? 1 : 0, 0, 0, 0];
  if (day <= to) return [0, 1, 0, 0];
  const after = day - to;
  if (after > 28) return [0, 0, 0, 0];
  return [0, 0, 0.7 ** (after - 1), after >= 4 ? 0.9 ** (after - 4) : 0];
}
