import { anniversaries, type Part } from "../series/anniversary.ts";
import { DAY, type Panel } from "../series/panel.ts";
import { type Forecaster, logOffset } from "./forecaster.ts";

export const LAST_YEAR_DEFAULTS = {
  /** Share of a group's own departure from the common movement that is believed to recur. */
  recurrence: 0.8,
  /** Forgetting per week of the group's own growth. */
  ownForgetting: 0.87,
  /** Weeks of evidence that the common growth is worth against the group's own. */
  ownPrior: 1,
  /** Share of the year before last, where there is one. */
  second: 0.35,
} as const;

/**
 * The same days of last year (and the year before) times recent growth, for weekly series: days near a feast are those
 * near it then, others those of the same date. Growth is an exponentially weighted mean of log ratios to those days,
 * common to all groups and each group's own; last year's noise is reduced by shrinking each group's departure from the
 * common movement.
 * Silent (NaN) before a year and four weeks are known.
 */
export function lastYear(forgetting: number): Forecaster {
  return {
    name: `last year ${forgetting}`,
    issue(panel, origin, horizon) {
      const { z, shared, levels } = split(panel, origin);
      const partsOf = panel.step === 7 * DAY ? anniversaries(panel) : sameMoment(panel);
      const past = (g: number, i: number, years: number, share: number) => {
        let sum = 0;
        for (const part of partsOf(i, years)) {
          const v = part.at >= 0 && part.at < origin ? (z[g]?.[part.at] as number) : Number.NaN;
          const common = (levels[g] as number) + (shared[part.at] as number);
          sum += part.share * Math.exp(common + share * (v - common));
        }
        return Math.log(sum);
      };
      const kept = panel.groups.length >= 3 ? LAST_YEAR_DEFAULTS.recurrence : 1;
      let spread: Float64Array = new Float64Array(panel.groups.length).fill(0.1);
      const from = (years: number) => {
        const ratio = (g: number, i: number) => (z[g]?.[i] as number) - past(g, i, years, 1);
        const lag = years * Math.round((364 * DAY) / panel.step);
        const growth = growthOf(panel.groups.length, origin, lag, forgetting, ratio);
        if (years === 1 && growth) spread = growth.spread;
        return panel.groups.map((_, g) =>
          Float64Array.from({ length: horizon }, (_, h) =>
            growth === undefined ? Number.NaN : past(g, origin + h, years, kept) + (growth.growth[g] as number),
          ),
        );
      };
      const one = from(1);
      const two = from(2);
      return {
        origin,
        spread: panel.groups.map((_, g) => new Float64Array(horizon).fill(spread[g] as number)),
        location: one.map((path, g) =>
          path.map((v, h) => {
            const older = two[g]?.[h] as number;
            return Number.isNaN(older) ? v : v + LAST_YEAR_DEFAULTS.second * (older - v);
          }),
        ),
      };
    },
  };
}

/** For other steps than weeks: the same moment of the year, by whole steps. */
function sameMoment(panel: Panel) {
  const year = Math.round((364 * DAY) / panel.step);
  return (i: number, years: number): readonly Part[] => [{ at: i - years * year, share: 1 }];
}

/** Logs, the mean movement of all groups, and each group's mean; NaN where unknown or at and after the origin. */
function split(panel: Panel, origin: number) {
  const z = panel.groups.map(({ y }) => {
    const offset = logOffset(y, origin);
    return y.map((v, i) => (i < origin ? Math.log(v + offset) : Number.NaN));
  });
  const levels = z.map((path) => {
    const known = path.filter((v) => !Number.isNaN(v));
    return known.reduce((a, b) => a + b, 0) / (known.length || 1);
  });
  const shared = Float64Array.from({ length: panel.length }, (_, i) => {
    let sum = 0;
    let count = 0;
    z.forEach((path, g) => {
      const v = path[i] as number;
      if (Number.isNaN(v)) return;
      sum += v - (levels[g] as number);
      count++;
    });
    return count > 0 ? sum / count : Number.NaN;
  });
  return { z, shared, levels };
}

function growthOf(
  groups: number,
  origin: number,
  lag: number,
  forgetting: number,
  ratio: (g: number, i: number) => number,
): { readonly growth: Float64Array; readonly spread: Float64Array } | undefined {
  if (origin < lag + 4) return undefined;
  const own = Array.from({ length: groups }, () => ({ sum: 0, weight: 0, absolute: 0 }));
  let common = 0;
  let commonWeight = 0;
  for (let i = lag; i < origin; i++) {
    const ratios = own.map((_, g) => ratio(g, i));
    const known = ratios.filter((r) => Number.isFinite(r));
    if (known.length === 0) continue;
    const mean = known.reduce((a, b) => a + b, 0) / known.length;
    const age = origin - 1 - i;
    common += forgetting ** age * mean;
    commonWeight += forgetting ** age;
    const w = LAST_YEAR_DEFAULTS.ownForgetting ** age;
    ratios.forEach((r, g) => {
      const sums = own[g];
      if (!sums || !Number.isFinite(r)) return;
      sums.sum += w * (r - mean);
      sums.weight += w;
      sums.absolute += w * Math.abs(r - common / commonWeight);
    });
  }
  if (commonWeight === 0) return undefined;
  const prior = LAST_YEAR_DEFAULTS.ownPrior;
  return {
    growth: Float64Array.from(own, ({ sum, weight }) => common / commonWeight + sum / (weight + prior)),
    spread: Float64Array.from(own, ({ absolute, weight }) => Math.max(0.01, (1.2533 * absolute) / (weight || 1))),
  };
}
