import { holidayNames } from "../series/holidays.ts";
import { type Calendar, plainWeekday } from "./calendar.ts";

/**
 * Weekends that are worked to make up for a holiday in China, as announced by the State Council each autumn for the
 * year to come; the library of holidays does not know them.
 */
const MAKE_UP_DAYS: Readonly<Record<string, readonly string[]>> = {
  CN: [
    ..."2017-01-22 2017-02-04 2017-04-01 2017-05-27 2017-09-30".split(" "),
    ..."2018-02-11 2018-02-24 2018-04-08 2018-04-28 2018-09-29 2018-09-30 2018-12-29".split(" "),
    ..."2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08".split(" "),
    ..."2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12".split(" "),
    ..."2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11".split(" "),
    ..."2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10".split(" "),
  ],
};

const DAY = 86_400_000;
const SUNDAY = 6;
const WEDNESDAY = 2;
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;

/**
 * A calendar in which public holidays count as Sundays and make-up days as ordinary days.
 * @param country   two letters, known to the date-holidays library
 * @param offset    local time less UTC, hours
 * @param extraDays dates (YYYY-MM-DD) that are worked although they are weekends or holidays
 */
export function workingCalendar(country: string, offset: number, extraDays: readonly string[] = []): Calendar {
  const worked = new Set([...(MAKE_UP_DAYS[country] ?? []), ...extraDays].map(dayOf));
  const years = new Map<number, ReadonlySet<number>>();
  // A month and a bit at a time would save little: a year is asked for once.
  const holidaysOf = (year: number) => {
    let known = years.get(year);
    if (!known) {
      const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year, 0, 2)];
      known = new Set(holidayNames(country, undefined, from, to).keys());
      years.set(year, known);
    }
    return known;
  };
  const cache = new Map<number, number>();
  return {
    offset,
    weekdayOf(day) {
      let weekday = cache.get(day);
      if (weekday === undefined) {
        const year = new Date(day * DAY).getUTCFullYear();
        weekday = worked.has(day) ? WEDNESDAY : holidaysOf(year).has(day) ? SUNDAY : plainWeekday(day);
        cache.set(day, weekday);
      }
      return weekday;
    },
  };
}
