import Holidays from "date-holidays";
import { CANDIDATE_COUNTRIES } from "./holidays.ts";
import { DAY, firstDay, type Panel, timeOf } from "./panel.ts";

/**
 * Every feast of a country (and state) from the date-holidays library, public or only kept by custom, with the days it
 * falls on: by its rule, so that its days in other years are found whatever they are. Substitute days are left out.
 * @param from  ms; feasts of the year before and after are there too, as far as the calendar knows them
 */
export function feastDays(country: string, state: string | undefined, from: number, to: number): Map<string, number[]> {
  const calendar = state ? new Holidays(country, state) : new Holidays(country);
  const feasts = new Map<string, number[]>();
  for (let year = new Date(from).getUTCFullYear() - 3; year <= new Date(to).getUTCFullYear() + 1; year++) {
    for (const { date, rule, type, substitute } of calendar.getHolidays(year)) {
      if (substitute || type === "school") continue;
      const day = Math.floor(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY);
      const days = feasts.get(rule);
      if (days) days.push(day);
      else feasts.set(rule, [day]);
    }
  }
  return feasts;
}

/** A panel of weeks that knows the feasts of its country. */
export function withFeasts(panel: Panel, feasts: ReadonlyMap<string, readonly number[]>): Panel {
  const { asOf } = panel;
  return { ...panel, feasts, ...(asOf && { asOf: (origin: number) => withFeasts(asOf(origin), feasts) }) };
}

/**
 * The country whose holidays have the names, and the weeks, of those that drivers flag by name before moment `until`
 * (a column of text with Thanksgiving in it): at least two of them, and more than of any other country. Weeks alone
 * would not tell: every country has a holiday in many of them.
 */
export function flaggedCountry(panel: Panel, until: number): string | undefined {
  const flagged = panel.drivers.flatMap((driver, k) => {
    const name = driver.kind === "flag" ? plain(driver.name.split("=")[1] ?? "") : "";
    const weeks = Array.from({ length: until }, (_, i) => i).filter((i) =>
      panel.groups.some(({ drivers }) => (drivers[k]?.[i] as number) > 0),
    );
    return name.length >= 4 && weeks.length > 0 ? [{ name, weeks }] : [];
  });
  if (flagged.length < 2) return undefined;
  const tally = CANDIDATE_COUNTRIES.map((country) => {
    const called = namesByDay(country, timeOf(panel, 0), timeOf(panel, until));
    const hits = flagged.filter(({ name, weeks }) =>
      weeks.some((i) => {
        const first = firstDay(panel, i);
        return [0, 1, 2, 3, 4, 5, 6].some((k) => called.get(first + k)?.some((other) => other.includes(name)));
      }),
    ).length;
    return { country, hits };
  }).sort((a, b) => b.hits - a.hits);
  const [best, next] = tally;
  return best && best.hits >= 2 && best.hits > (next?.hits ?? 0) ? best.country : undefined;
}

/** Names of public holidays by day, in the country's language and in English, as letters alone. */
function namesByDay(country: string, from: number, to: number): Map<number, string[]> {
  // A calendar asked in one language answers in it from then on: one for each.
  const calendars = [new Holidays(country), new Holidays(country, { languages: ["en"] })];
  const names = new Map<number, string[]>();
  for (let year = new Date(from).getUTCFullYear() - 1; year <= new Date(to).getUTCFullYear() + 1; year++) {
    for (const calendar of calendars) {
      for (const { date, name, type } of calendar.getHolidays(year)) {
        if (type !== "public" && type !== "bank") continue;
        const day = Math.floor(Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY);
        names.set(day, [...(names.get(day) ?? []), plain(name)]);
      }
    }
  }
  return names;
}

const plain = (name: string): string => name.toLowerCase().replace(/[^\p{Letter}]/gu, "");
