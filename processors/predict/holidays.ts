import { holidayNames } from "../../forecasting/series/holidays.ts";
import { DAY_MS } from "./time.ts";

/** Whether a day since 1970 is a public holiday of a country (ISO code); years are looked up when first asked for. */
export function holidaysOf(country: string): (day: number) => boolean {
  const years = new Map<number, ReadonlySet<number>>();
  const known = new Map<number, boolean>();
  const lookUp = (day: number): boolean => {
    const year = new Date(day * DAY_MS).getUTCFullYear();
    let days = years.get(year);
    if (!days) {
      const [from, to] = [Date.UTC(year, 0, 1), Date.UTC(year, 11, 31)];
      days = new Set(holidayNames(country, undefined, from, to).keys());
      years.set(year, days);
    }
    return days.has(day);
  };
  return (day) => {
    const before = known.get(day);
    if (before !== undefined) return before;
    const is = lookUp(day);
    known.set(day, is);
    return is;
  };
}
