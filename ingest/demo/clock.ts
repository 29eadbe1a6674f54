/** The shop lives on Chinese time, which has no summer time: a fixed offset is exact. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const OFFSET = 8 * HOUR;

/** ISO 8601 on Chinese time, to the second, such as 2025-11-11T20:00:00+08:00. */
export const iso = (at: number): string => `${new Date(at + OFFSET).toISOString().slice(0, 19)}+08:00`;
/** Midnight of the local day of `at`. */
export const startOfDay = (at: number): number => Math.floor((at + OFFSET) / DAY) * DAY - OFFSET;
/** Hours since local midnight, with fraction. */
export const hourOfDay = (at: number): number => (at - startOfDay(at)) / HOUR;
/** 0 Monday to 6 Sunday. */
export const weekday = (at: number): number => (Math.floor((at + OFFSET) / DAY) + 3) % 7;
export const isSunday = (at: number): boolean => weekday(at) === 6;
/** The first time from `at` on that the local clock shows `hour`. */
export function nextHour(at: number, hour: number): number {
  const today = startOfDay(at) + hour * HOUR;
  return today >= at ? today : today + DAY;
}
/** The earliest time from `at` on with a local hour in [from, to). */
export const nextOpen = (at: number, from: number, to: number): number => {
  const hour = hourOfDay(at);
  return hour >= from && hour < to ? at : nextHour(at, from);
};
