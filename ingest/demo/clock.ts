/** The shop lives on Chinese time, which has no summer time: a fixed offset is exact. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const OFFSET = 8 * HOUR;

const TWO = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, "0"));
let [isoDay, isoDate] = [Number.NaN, ""];

/** ISO 8601 on Chinese time, to the second, such as 2025-11-11T20:00:00+08:00. */
export function iso(at: number): string {
  const seconds = Math.floor((at + OFFSET) / 1000);
  const day = Math.floor(seconds / 86_400);
  // Most calls in a row are about one day, and writing a date is the slow part.
  if (day !== isoDay) [isoDay, isoDate] = [day, new Date(day * DAY).toISOString().slice(0, 11)];
  const rest = seconds - day * 86_400;
  return `${isoDate}${TWO[Math.floor(rest / 3600)]}:${TWO[Math.floor(rest / 60) % 60]}:${TWO[rest % 60]}+08:00`;
}
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
