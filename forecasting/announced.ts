import type { OnlineForecast } from "./combine/online.ts";
import { type Panel, timeOf } from "./series/panel.ts";
import { measuredLifts, type Promotion, promotionLift } from "./spikes/promotion.ts";
import { withPromotions } from "./spikes/what-if.ts";

const PROMOTION = /promo|campaign|black.?friday|double.?11|618|festival/i;

/**
 * Promotions announced by a driver flag (named like one) that is set ahead of an origin but was never set before it:
 * no regression can know their lift, so they take the prior's, wide as it is. Runs of the flag are one promotion.
 */
export function announcedPromotions(panel: Panel, g: number, origin: number, horizon: number): Promotion[] {
  return panel.drivers.flatMap((driver, k) => {
    const flag = panel.groups[g]?.drivers[k];
    if (!flag || driver.kind !== "flag" || !PROMOTION.test(driver.name)) return [];
    if (flag.subarray(0, origin).some((v) => v > 0)) return [];
    const found: Promotion[] = [];
    for (let i = origin; i < Math.min(panel.length, origin + horizon + 7); i++) {
      if (!((flag[i] as number) > 0)) continue;
      const last = found.at(-1);
      if (last && last.to === i - 1) found[found.length - 1] = { ...last, to: i };
      else found.push({ name: driver.name, from: i, to: i });
    }
    return found;
  });
}

/** A forecast with announced promotions applied, those of a flag and those listed; past listed ones measure the lift. */
export function applyPromotions(
  panel: Panel,
  forecast: OnlineForecast,
  listed: readonly Promotion[] = [],
): OnlineForecast {
  const { origin } = forecast;
  const heard = listed.filter(({ issued = Number.NEGATIVE_INFINITY }) => issued <= timeOf(panel, origin));
  return {
    ...forecast,
    groups: forecast.groups.map((group, g) => {
      const ahead = [
        ...announcedPromotions(panel, g, origin, group.mean.length),
        ...heard.filter((p) => p.to >= origin),
      ];
      if (ahead.length === 0) return group;
      const measured = measuredLifts(panel, g, heard, origin);
      return withPromotions(
        group,
        origin,
        ahead.map((promotion) => ({ promotion, lift: promotionLift(promotion, measured) })),
      );
    }),
  };
}
