import { z } from "zod";
import { type ContextJson, got, iso, ProviderError } from "./event.ts";
import { type Measures, weigh } from "./severity.ts";

const DAY_MS = 86_400_000;
const columns = z.record(z.string(), z.array(z.union([z.string(), z.number(), z.null()])));
const units = z.record(z.string(), z.string()).prefault({});
const place = z.looseObject({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  utc_offset_seconds: z.number().int().min(-86_400).max(86_400).prefault(0),
  daily: columns.optional(),
  daily_units: units,
  hourly: columns.optional(),
  hourly_units: units,
});

/** The forecast of one place, in the format of Open-Meteo. */
export type OpenMeteoPlace = z.output<typeof place>;

/** Variables that are asked for. */
export const DAILY = ["precipitation_sum", "snowfall_sum", "wind_speed_10m_max", "temperature_2m_max", "temperature_2m_min"] as const; // biome-ignore format: one list

type Quantity = "water" | "snow" | "wind" | "temperature";
const UNITS: Readonly<Record<Quantity, Readonly<Record<string, (v: number) => number>>>> = {
  water: { mm: (v) => v, inch: (v) => 25.4 * v },
  snow: { cm: (v) => v, inch: (v) => 2.54 * v },
  wind: { "m/s": (v) => v, "km/h": (v) => v / 3.6, "mp/h": (v) => 0.44704 * v, kn: (v) => 0.514444 * v },
  temperature: { "°C": (v) => v, "°F": (v) => (v - 32) / 1.8 },
};
/** Units of an answer that names none. */
const USUAL: Readonly<Record<Quantity, string>> = { water: "mm", snow: "cm", wind: "km/h", temperature: "°C" };
/** Water in a cm of fresh snow, mm, as Open-Meteo reckons. */
const WATER_OF_SNOW = 10 / 7;
/** Hours with a value from which a day of an hourly forecast is whole enough. */
const WHOLE_DAY = 20;

/**
 * Reads an answer of Open-Meteo: one place, or a list of places in the order they were asked for.
 * @param source  for messages
 * @throws ProviderError
 */
export function readOpenMeteo(value: unknown, source: string): OpenMeteoPlace[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((one, i) => {
    const where = list.length > 1 ? `${source}, place ${i + 1}` : source;
    const parsed = place.safeParse(one);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new ProviderError(
        `${where}: expected a forecast in Open-Meteo's format, ${issue?.path.join(".") || "answer"}: ${issue?.message}; got ${got(one)}`,
      );
    }
    const { daily, hourly } = parsed.data;
    if (!daily && !hourly) throw new ProviderError(`${where}: expected arrays under daily or hourly, got neither`);
    for (const [name, table] of Object.entries({ daily, hourly })) if (table) checkLengths(table, `${where}, ${name}`);
    return parsed.data;
  });
}

function checkLengths(table: z.output<typeof columns>, where: string): void {
  const n = table.time?.length;
  if (n === undefined)
    throw new ProviderError(`${where}: expected an array "time", got ${Object.keys(table).join(", ")}`);
  for (const [name, values] of Object.entries(table)) {
    if (values.length === n) continue;
    throw new ProviderError(`${where}.${name}: expected ${n} values, one for each time, got ${values.length}`);
  }
}

/**
 * One event a day of a place: the worst hazard by day, from daily arrays where they are there, else from hourly ones.
 * Days of which nothing is known are left out.
 * @param issuedAt  ms: when the forecast was told
 * @throws ProviderError for a time or a unit that cannot be read
 */
export function weatherOf(region: string, answer: OpenMeteoPlace, issuedAt: number, source: string): ContextJson[] {
  const days = answer.daily ? fromDaily(answer, source) : fromHourly(answer, source);
  return days.flatMap(({ from, measures }) => {
    if (Object.values(measures).every((value) => value === undefined)) return [];
    return [weatherEvent({ region, from, to: from + DAY_MS, issuedAt, measures })];
  });
}

/** @param given  ms for times */
export function weatherEvent(given: {
  readonly region: string;
  readonly from: number;
  readonly to: number;
  readonly issuedAt: number;
  readonly measures: Measures;
}): ContextJson {
  const { region, from, to, issuedAt, measures } = given;
  const { rainMm, snowMm, windMs, maxC, minC } = measures;
  const weighed = weigh(measures);
  const precipMm = rainMm === undefined && snowMm === undefined ? undefined : (rainMm ?? 0) + (snowMm ?? 0);
  const tempC = weighed.hazard === "frost" ? minC : (maxC ?? minC);
  return {
    kind: "weather",
    region,
    from: iso(from),
    to: iso(to),
    issuedAt: iso(issuedAt),
    ...weighed,
    ...(precipMm !== undefined && { precipMm: tenth(precipMm) }),
    ...(windMs !== undefined && { windMs: tenth(windMs) }),
    ...(tempC !== undefined && { tempC: tenth(tempC) }),
  };
}

const tenth = (value: number): number => Math.round(10 * value) / 10;

interface Day {
  /** Local midnight, ms. */
  readonly from: number;
  readonly measures: Measures;
}

function fromDaily({ daily = {}, daily_units, utc_offset_seconds }: OpenMeteoPlace, source: string): Day[] {
  const column = reader(daily, daily_units, `${source}, daily`);
  const water = column("water", "precipitation_sum");
  const snow = column("snow", "snowfall_sum");
  const wind = column("wind", "wind_speed_10m_max");
  const max = column("temperature", "temperature_2m_max");
  const min = column("temperature", "temperature_2m_min");
  return (daily.time ?? []).map((text, i) => ({
    from: localTime(text, /^\d{4}-\d{2}-\d{2}$/, "a date", utc_offset_seconds, `${source}, daily.time[${i}]`),
    measures: { ...split(water(i), snow(i)), windMs: wind(i), maxC: max(i), minC: min(i) },
  }));
}

function fromHourly({ hourly = {}, hourly_units, utc_offset_seconds }: OpenMeteoPlace, source: string): Day[] {
  const column = reader(hourly, hourly_units, `${source}, hourly`);
  const water = column("water", "precipitation");
  const snow = column("snow", "snowfall");
  const wind = column("wind", "wind_speed_10m");
  const temperature = column("temperature", "temperature_2m");
  const ahead = 1000 * utc_offset_seconds;
  const days = new Map<number, number[]>();
  (hourly.time ?? []).forEach((text, i) => {
    const at = localTime(text, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, "a local hour", utc_offset_seconds, `${source}, hourly.time[${i}]`); // biome-ignore format: long by its pattern
    const from = Math.floor((at + ahead) / DAY_MS) * DAY_MS - ahead;
    days.set(from, [...(days.get(from) ?? []), i]);
  });
  const over = (value: (i: number) => number | undefined, hours: number[], fold: (values: number[]) => number) => {
    const values = hours.map(value).filter((v) => v !== undefined);
    return values.length >= WHOLE_DAY ? fold(values) : undefined;
  };
  const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
  return [...days].map(([from, hours]) => ({
    from,
    measures: {
      ...split(over(water, hours, sum), over(snow, hours, sum)),
      windMs: over(wind, hours, (v) => Math.max(...v)),
      maxC: over(temperature, hours, (v) => Math.max(...v)),
      minC: over(temperature, hours, (v) => Math.min(...v)),
    },
  }));
}

function split(water: number | undefined, snowCm: number | undefined): Pick<Measures, "rainMm" | "snowMm"> {
  const snowMm = snowCm === undefined ? undefined : WATER_OF_SNOW * snowCm;
  return { rainMm: water === undefined ? undefined : Math.max(0, water - (snowMm ?? 0)), snowMm };
}

function reader(table: z.output<typeof columns>, named: Readonly<Record<string, string>>, where: string) {
  return (quantity: Quantity, name: string) => {
    const unit = named[name] ?? USUAL[quantity];
    const convert = UNITS[quantity][unit];
    if (!convert && table[name]) {
      throw new ProviderError(
        `${where}.${name}: expected a unit of ${Object.keys(UNITS[quantity]).join(", ")}, got ${got(unit)}`,
      );
    }
    return (i: number): number | undefined => {
      const value = table[name]?.[i];
      if (value === undefined || value === null) return undefined;
      if (typeof value === "number") return convert?.(value);
      throw new ProviderError(`${where}.${name}[${i}]: expected a number or null, got ${got(value)}`);
    };
  };
}

function localTime(text: unknown, form: RegExp, what: string, offset: number, where: string): number {
  const at =
    typeof text === "string" && form.test(text) ? Date.parse(text.length > 10 ? `${text}Z` : text) : Number.NaN;
  if (Number.isNaN(at)) throw new ProviderError(`${where}: expected ${what} in ISO 8601, got ${got(text)}`);
  return at - 1000 * offset;
}
