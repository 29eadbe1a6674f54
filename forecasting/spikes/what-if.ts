import { LEVELS } from "../combine/calibrate.ts";
import type { GroupForecast } from "../combine/online.ts";
import { normalCdf } from "../math/normal.ts";
import { increasingRoot } from "../math/quantile.ts";
import { type Lift, type Promotion, phaseShare } from "./promotion.ts";

/**
 * A forecast under an edited calendar: each promotion multiplies the days of its phases by its uncertain lift. The
 * quantiles are those of the product, so the wider the doubt about the lift, the wider the interval; without
 * promotions the forecast is returned unchanged.
 */
export function withPromotions(
  forecast: GroupForecast,
  origin: number,
  promotions: readonly { readonly promotion: Promotion; readonly lift: Lift }[],
): GroupForecast {
  const mean = forecast.mean.slice();
  const quantiles = forecast.quantiles.map((q) => q.slice());
  for (let h = 0; h < mean.length; h++) {
    let log = 0;
    let variance = 0;
    for (const { promotion, lift } of promotions) {
      const share = phaseShare(promotion, origin + h);
      log += share * lift.log;
      variance += (share * lift.sd) ** 2;
    }
    if (log === 0 && variance === 0) continue;
    const base = forecast.quantiles.map((q) => Math.log(Math.max(1e-3, q[h] as number)));
    LEVELS.forEach((level, l) => {
      (quantiles[l] as Float64Array)[h] = Math.exp(log + productQuantile(base, Math.sqrt(variance), level));
    });
    mean[h] = (mean[h] as number) * Math.exp(log + variance / 2);
  }
  return { group: forecast.group, mean, quantiles };
}

/** Quantile of log base + N(0, sd^2), base given by its quantiles at LEVELS taken as equally likely strips. */
function productQuantile(base: readonly number[], sd: number, level: number): number {
  if (sd === 0) return base[LEVELS.indexOf(level as (typeof LEVELS)[number])] as number;
  const strips = LEVELS.map((q, i) => {
    const low = i === 0 ? 0 : (q + (LEVELS[i - 1] as number)) / 2;
    const high = i === LEVELS.length - 1 ? 1 : (q + (LEVELS[i + 1] as number)) / 2;
    return high - low;
  });
  const below = (x: number) => base.reduce((sum, b, i) => sum + (strips[i] as number) * normalCdf((x - b) / sd), 0);
  const low = (base[0] as number) - 8 * sd;
  const high = (base.at(-1) as number) + 8 * sd;
  return increasingRoot((x) => below(x) - level, low, high);
}
