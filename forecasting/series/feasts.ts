import Holidays from "date-holidays";
import { DAY } from "./panel.ts";

/** Feasts that move through the solar year and shift trade between weeks: days since 1970, by name. */
export function movableFeasts(from: number, to: number): Map<string, number[]> {
  const sources: [string, string, RegExp][] = [
    ["Easter", "DE", /^Ostersonntag/],
    ["Lunar New Year", "CN", /^春节/],
  ];
  const feasts = new Map<string, number[]>();
  for (const [name, country, pattern] of sources) {
    const calendar = new Holidays(country);
    const days: number[] = [];
    for (let year = new Date(from).getUTCFullYear(); year <= new Date(to).getUTCFullYear() + 1; year++) {
      const feast = calendar.getHolidays(year).find((holiday) => pattern.test(holiday.name));
      if (feast) days.push(Math.floor(Date.parse(`${feast.date.slice(0, 10)}T00:00:00Z`) / DAY));
    }
    feasts.set(name, days);
  }
  return feasts;
}
