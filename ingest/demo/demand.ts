import { HOUR, hourOfDay, startOfDay, weekday } from "./clock.ts";
import { DEMO, type Story } from "./story.ts";

/** Share of a day's orders by local hour: a quiet night, a noon hump, a long evening. */
const BY_HOUR = [
  1.6, 0.9, 0.5, 0.3, 0.3, 0.5, 1.2, 2.3, 3.6, 4.9, 5.6, 5.4, 5.3, 5.0, 4.9, 5.0, 4.9, 4.7, 4.9, 6.0, 7.7, 8.8, 8.3,
  4.9,
];
const HOUR_TOTAL = BY_HOUR.reduce((sum, share) => sum + share, 0);
/** Monday to Sunday. */
const BY_WEEKDAY = [1.03, 1.0, 1.0, 0.98, 0.96, 1.0, 1.05];

/** The promotion against a calm day, by local hours since the promotion week's Monday 00:00: [up to hour, factor]. */
const PROMOTION: readonly (readonly [number, number])[] = [
  [18, 0.75], // people wait
  [20, 1.0],
  [22, 9.0],
  [24, 7.0],
  [25, 12.0],
  [26, 8.0],
  [32, 4.0],
  [43, 3.2],
  [47, 4.6],
  [48, 6.5],
  [60, 1.6],
  [96, 1.25],
  [120, 1.1],
  [168, 1.0],
];
/** The last days before it are thin, too: the cart is filled, not paid. */
const WAITING = 0.88;

/** How much more than on a calm day people order at this time. */
export function promotionFactor(story: Story, at: number): number {
  const hours = (at - story.shift - DEMO.weekStart) / HOUR;
  if (hours < -72) return 1;
  if (hours < 0) return WAITING;
  return PROMOTION.find(([until]) => hours < until)?.[1] ?? 1;
}

/** Expected orders in the hour that starts at `at`. */
export function ordersInHour(story: Story, at: number): number {
  const share = (BY_HOUR[Math.floor(hourOfDay(at))] ?? 0) / HOUR_TOTAL;
  return story.ordersPerDay * share * (BY_WEEKDAY[weekday(at)] ?? 1) * promotionFactor(story, at);
}

/** How full warehouses, yards and vans are: 1 on a calm day, more in the days after the peak. */
export function strain(story: Story, at: number): number {
  const day = (startOfDay(at) - story.shift - DEMO.weekStart) / (24 * HOUR);
  return [1.05, 1.35, 1.35, 1.25, 1.12, 1.05][day] ?? 1;
}
