import { holidayNames } from "./holidays.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Whether a moment is on a public holiday of a country, by its local days. Years are looked up when they are asked for.
 * @param country   of the date-holidays library, such as CN
 * @param utcHours  local time against UTC
 */
export function publicHolidays({
  country,
  utcHours,
}: {
  readonly country: string;
  readonly utcHours: number;
}): (at: number) => boolean {
  const years = new Map<number, ReadonlyMap<number, string>>();
  return (at) => {
    const local = at + utcHours * HOUR_MS;
    const year = new Date(local).getUTCFullYear();
    let names = years.get(year);
    if (!names) {
      const start = Date.UTC(year, 0, 1);
      names = holidayNames(country, undefined, start, start);
      years.set(year, names);
    }
    return names.has(Math.floor(local / DAY_MS));
  };
}
