import { CANDIDATE_COUNTRIES, holidayNames } from "../series/holidays.ts";
import { DAY_MS } from "./clock.ts";

/** Public holidays of a country by day number since 1970; an unknown country has none. */
export function holidaysOf(country: string): (day: number) => boolean {
  const known = CANDIDATE_COUNTRIES.some((name) => name === country);
  const years = new Map<number, ReadonlyMap<number, string>>();
  return (day) => {
    if (!known) return false;
    const year = new Date(day * DAY_MS).getUTCFullYear();
    let names = years.get(year);
    if (!names) {
      names = holidayNames(country, undefined, Date.UTC(year, 0, 1), Date.UTC(year, 11, 31));
      years.set(year, names);
    }
    return names.has(day);
  };
}
