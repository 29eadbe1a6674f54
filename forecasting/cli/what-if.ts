import { LEVELS } from "../combine/calibrate.ts";
import type { OnlineForecast } from "../combine/online.ts";
import { normalQuantile } from "../math/normal.ts";
import { isoTime, type Panel } from "../series/panel.ts";
import { readTable } from "../series/read-csv.ts";
import { measuredLifts, type Promotion, phaseShare, promotionLift } from "../spikes/promotion.ts";

/** Whether a table is a calendar of promotions; otherwise it is read as drivers. */
export const isCalendar = (file: string): boolean =>
  ["name", "from", "to"].every((column) => readTable(file).columns.includes(column));

export interface Difference {
  readonly group?: string;
  readonly time: string;
  readonly mean: number;
  readonly whatIf: number;
  readonly difference: number;
  /** Between these with probability 80 %. */
  readonly low: number;
  readonly high: number;
}

const Z80 = normalQuantile(0.9);

/**
 * What another calendar would change. What both have in common cancels: the interval is that of the promotions that
 * were added or taken away, whose lift is as uncertain as it is, on the median of the forecast.
 */
export function calendarDifference(
  panel: Panel,
  plain: OnlineForecast,
  before: OnlineForecast,
  after: OnlineForecast,
  calendars: { readonly before: readonly Promotion[]; readonly after: readonly Promotion[] },
): Difference[] {
  const name = (p: Promotion) => JSON.stringify(p);
  const [had, has] = [new Set(calendars.before.map(name)), new Set(calendars.after.map(name))];
  const added = calendars.after.filter((p) => !had.has(name(p)));
  const taken = calendars.before.filter((p) => !has.has(name(p)));
  return differences(panel, before, after, (g, h) => {
    const base = quantile(plain, g, h, 0.5);
    const [more, less] = [effect(panel, g, h, added, calendars.after), effect(panel, g, h, taken, calendars.before)];
    const kept = calendars.before.filter((p) => has.has(name(p)));
    const level = base * Math.exp(effect(panel, g, h, kept, calendars.before).log);
    const [log, sd] = [more.log - less.log, Math.sqrt(more.variance + less.variance)];
    // Against the calendar as it was: what was taken away is gone from the level too.
    const was = level * Math.exp(less.log);
    return [was * Math.expm1(log - Z80 * sd), was * Math.expm1(log + Z80 * sd)];
  });
}

/** What other drivers would change; the interval spans the differences of the quantiles. */
export function driverDifference(panel: Panel, before: OnlineForecast, after: OnlineForecast): Difference[] {
  return differences(panel, before, after, (g, h) => {
    const off = ([0.1, 0.5, 0.9] as const).map((level) => quantile(after, g, h, level) - quantile(before, g, h, level));
    return [Math.min(...off), Math.max(...off)];
  });
}

function effect(panel: Panel, g: number, h: number, promotions: readonly Promotion[], all: readonly Promotion[]) {
  const origin = panel.observed;
  const measured = measuredLifts(panel, g, all, origin);
  let [log, variance] = [0, 0];
  for (const promotion of promotions) {
    if (promotion.to < origin) continue;
    const share = phaseShare(promotion, origin + h);
    const lift = promotionLift(promotion, measured);
    log += share * lift.log;
    variance += (share * lift.sd) ** 2;
  }
  return { log, variance };
}

const quantile = (forecast: OnlineForecast, g: number, h: number, level: (typeof LEVELS)[number]): number =>
  forecast.groups[g]?.quantiles[LEVELS.indexOf(level)]?.[h] as number;

function differences(
  panel: Panel,
  before: OnlineForecast,
  after: OnlineForecast,
  interval: (g: number, h: number) => readonly [number, number],
): Difference[] {
  return before.groups.flatMap(({ group, mean }, g) =>
    Array.from(mean, (value, h) => {
      const whatIf = after.groups[g]?.mean[h] as number;
      const [low, high] = interval(g, h);
      return {
        ...(panel.groups.length > 1 ? { group } : {}),
        time: isoTime(panel, panel.observed + h),
        mean: value,
        whatIf,
        difference: whatIf - value,
        low,
        high,
      };
    }),
  );
}
