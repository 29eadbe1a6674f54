import Holidays from "date-holidays";
import { DAY, type Driver, firstDay, type Panel, timeOf } from "./panel.ts";

/** Countries tried when none is named. */
export const CANDIDATE_COUNTRIES = [
  "US",
  "CN",
  "BR",
  "GB",
  "DE",
  "FR",
  "ES",
  "IT",
  "IN",
  "JP",
  "KR",
  "CA",
  "AU",
  "MX",
] as const;

/** Public holidays of a country (and state) from the date-holidays library: day number since 1970 -> name. */
export function holidayNames(
  country: string,
  state: string | undefined,
  from: number,
  to: number,
): Map<number, string> {
  const calendar = state ? new Holidays(country, state) : new Holidays(country);
  if (!calendar.getCountries()[country])
    throw new Error(`--country ${country}: not a country of the date-holidays library`);
  const names = new Map<number, string>();
  for (let year = new Date(from).getUTCFullYear(); year <= new Date(to).getUTCFullYear() + 1; year++) {
    for (const holiday of calendar.getHolidays(year)) {
      if (holiday.type !== "public" && holiday.type !== "bank") continue;
      const day = Math.floor(Date.parse(`${holiday.date.slice(0, 10)}T00:00:00Z`) / DAY);
      // The rule names the feast whatever the language, and the substitute day belongs to its feast.
      const name = holiday.name.replace(/ \(substitute day\)$/, "");
      if (!names.has(day)) names.set(day, name);
    }
  }
  return names;
}

/**
 * Adds holiday flags to a panel: one per feast that occurs before moment `until` in daily data, and for all of them
 * together the day itself, the day before and the day after. For weeks, a flag per feast that the week holds.
 */
export function withHolidays(panel: Panel, names: ReadonlyMap<number, string>, until: number): Panel {
  const { length, step } = panel;
  const flags = new Map<string, Float64Array>();
  const set = (name: string, i: number) => {
    let flag = flags.get(name);
    if (!flag) {
      flag = new Float64Array(length);
      flags.set(name, flag);
    }
    flag[i] = 1;
  };
  for (let i = 0; i < length; i++) {
    const day = Math.floor(timeOf(panel, i) / DAY);
    if (step <= DAY) {
      const today = names.get(day);
      if (today !== undefined) {
        set("holiday", i);
        set(`holiday=${today}`, i);
      }
      if (names.has(day + 1)) set("day before holiday", i);
      if (names.has(day - 1)) set("day after holiday", i);
    } else {
      for (let d = 0; d < step / DAY; d++) {
        const name = names.get(firstDay(panel, i) + d);
        if (name !== undefined) set(`holiday=${name}`, i);
      }
    }
  }
  // A feast never seen in training has no effect to estimate.
  const kept = [...flags].filter(([, flag]) => flag.subarray(0, until).some((v) => v > 0));
  const drivers: Driver[] = kept.map(([name]) => ({ name, kind: "flag" }));
  const { asOf } = panel;
  return {
    ...panel,
    ...(asOf && { asOf: (origin: number) => withHolidays(asOf(origin), names, until) }),
    drivers: [...panel.drivers, ...drivers],
    groups: panel.groups.map((group) => ({ ...group, drivers: [...group.drivers, ...kept.map(([, flag]) => flag)] })),
  };
}

/**
 * The country whose holidays stand out in daily data before moment `until`, or undefined when none clearly does.
 * Each day is compared with the median of the same weekday around it, on the log scale; the score is the mean
 * deviation over holidays in standard errors, and must pass 4 since several countries are tried.
 */
export function detectCountry(panel: Panel, until: number): string | undefined {
  if (panel.step !== DAY || until < 120) return undefined;
  const deviation = new Float64Array(until);
  for (const { y } of panel.groups) {
    for (let i = 0; i < until; i++) {
      const around: number[] = [];
      for (let k = -4; k <= 4; k++) {
        const v = y[i + 7 * k];
        if (k !== 0 && i + 7 * k < until && v !== undefined && !Number.isNaN(v)) around.push(Math.log(v + 0.5));
      }
      const here = y[i] as number;
      if (around.length >= 3 && !Number.isNaN(here)) {
        around.sort((a, b) => a - b);
        deviation[i] = (deviation[i] as number) + Math.log(here + 0.5) - (around[around.length >> 1] as number);
      }
    }
  }
  const size = [...deviation].map(Math.abs).sort((a, b) => a - b)[Math.floor(0.68 * until)] ?? 1;
  let best: { country: string; score: number } | undefined;
  for (const country of CANDIDATE_COUNTRIES) {
    const names = holidayNames(country, undefined, panel.start, timeOf(panel, until));
    let sum = 0;
    let count = 0;
    for (let i = 0; i < until; i++) {
      if (!names.has(Math.floor(timeOf(panel, i) / DAY))) continue;
      sum += Math.max(-4, Math.min(4, (deviation[i] as number) / (size || 1)));
      count++;
    }
    const score = Math.abs(sum) / Math.sqrt(count || 1);
    if (count >= 4 && score > 4 && score > (best?.score ?? 0)) best = { country, score };
  }
  return best?.country;
}
