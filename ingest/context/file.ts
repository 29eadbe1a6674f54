import { distanceKm } from "../regions/distance.ts";
import { type ContextJson, got, iso, ProviderError } from "./event.ts";
import type { WeatherPlace } from "./fetch-weather.ts";
import { readOpenMeteo, weatherEvent, weatherOf } from "./open-meteo.ts";
import { cellsOf, csvRows, type FileRow, jsonRows, plainName } from "./rows.ts";

export interface ContextFile {
  readonly events: readonly ContextJson[];
  /** Columns nobody reads. */
  readonly ignored: readonly string[];
}

export interface FileOptions {
  /** For messages. */
  readonly source: string;
  /** Hours that dates without an offset are ahead of UTC. */
  readonly utcOffset: number;
  /** ms: when what does not say it itself was issued. */
  readonly issuedAt?: number | undefined;
  /** Where a forecast in Open-Meteo's format belongs: the nearest of them. */
  readonly places: readonly WeatherPlace[];
}

const ISSUED = ["issued", "announced"] as const;
const PROMOTION = ["id", "name", "from", "to", "issuedAt", ...ISSUED, "regions", "region", "categories", "category", "uplift", "depth"]; // biome-ignore format: one list
const WEATHER = ["region", "date", "from", "to", "issuedAt", ...ISSUED, "hazard", "severity", "precipMm", "snowMm", "windMs", "tempC", "minC", "maxC"]; // biome-ignore format: one list

/**
 * Reads what is known of the days ahead: a promotion calendar (`name,from,to[,id,issuedAt,regions,categories,uplift,depth]`)
 * or weather (`region,date|from,to,issuedAt,severity|precipMm,snowMm,windMs,tempC`), as CSV or as a list in JSON, told
 * apart by their columns; or a saved answer of Open-Meteo. Dates include their last day.
 * @throws ProviderError with line and column, what was expected and what was there
 */
export function readContextFile(text: string, options: FileOptions): ContextFile {
  const { source } = options;
  const plain = text.replace(/^\uFEFF/, "");
  if (!/^\s*[[{]/.test(plain)) return fromRows(csvRows(plain, source), options);
  let value: unknown;
  try {
    value = JSON.parse(plain);
  } catch (cause) {
    throw new ProviderError(`${source}: expected JSON: ${(cause as Error).message}`, { cause });
  }
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new ProviderError(`${source}: expected promotions or weather, got an empty list`);
  return isAnswer(list[0]) ? fromAnswer(value, options) : fromRows(jsonRows(list, source), options);
}

const isAnswer = (value: unknown): boolean => typeof value === "object" && value !== null && "latitude" in value;

function fromAnswer(value: unknown, { source, issuedAt, places }: FileOptions): ContextFile {
  if (issuedAt === undefined) {
    throw new ProviderError(
      `${source}: Open-Meteo does not say when a forecast was issued: expected that as an option`,
    );
  }
  const events = readOpenMeteo(value, source).flatMap((answer) => {
    const at = { lat: answer.latitude, lon: answer.longitude };
    const near = places.reduce<WeatherPlace | undefined>(
      (best, one) => (best && distanceKm(best, at) <= distanceKm(one, at) ? best : one),
      undefined,
    );
    if (!near) throw new ProviderError(`${source}: expected a region near ${at.lat}, ${at.lon}, got none`);
    return weatherOf(near.code, answer, issuedAt, source);
  });
  return { events, ignored: [] };
}

function fromRows(rows: readonly FileRow[], options: FileOptions): ContextFile {
  const named = new Set(rows.flatMap(({ cells }) => [...cells.keys()]));
  const isPromotion = named.has("name");
  if (!isPromotion && !named.has("region")) {
    const expected = "expected a column name (promotions) or region (weather)";
    throw new ProviderError(`${options.source}: ${expected}, got ${[...named].join(", ")}`);
  }
  const known = new Set((isPromotion ? PROMOTION : WEATHER).map(plainName));
  const ignored = [...named].filter((name) => !known.has(name));
  const events = rows.map((row) => (isPromotion ? promotion(row, options) : weather(row, options)));
  if (isPromotion) checkOnce(events, rows);
  return { events, ignored };
}

/** Two tellings of one promotion are an earlier and a later one, and have to say which. */
function checkOnce(events: readonly ContextJson[], rows: readonly FileRow[]): void {
  const seen = new Set<string>();
  events.forEach((event, i) => {
    if (event.kind !== "promotion") return;
    const key = JSON.stringify([event.id, event.issuedAt]);
    if (seen.has(key)) {
      throw new ProviderError(
        `${rows[i]?.where}, id: expected every promotion once an issue, got ${got(event.id)} again`,
      );
    }
    seen.add(key);
  });
}

function span(row: FileRow, utcOffset: number): { from: number; to: number } {
  const cells = cellsOf(row, utcOffset);
  const from = cells.need("from", cells.time("from", false, "date"));
  const to = cells.time("to", true) ?? cells.need("to", cells.time("from", true, "date"));
  if (to > from) return { from, to };
  throw new ProviderError(`${row.where}, to: expected an end after the start ${iso(from)}, got ${iso(to)}`);
}

function promotion(row: FileRow, { utcOffset, issuedAt }: FileOptions): ContextJson {
  const cells = cellsOf(row, utcOffset);
  const { from, to } = span(row, utcOffset);
  const name = cells.need("name", cells.text("name"));
  const issued = cells.time("issuedAt", false, ...ISSUED) ?? issuedAt;
  const [regions, categories] = [cells.list("regions", "region"), cells.list("categories", "category")];
  const [uplift, depth] = [cells.number("uplift", 0, 1000), cells.number("depth", 0, 1)];
  const day = iso(from + 3_600_000 * utcOffset).slice(0, 10);
  return {
    kind: "promotion",
    id: cells.text("id") ?? `${name.slice(0, 100)} ${day}`,
    name,
    from: iso(from),
    to: iso(to),
    ...(issued !== undefined && { issuedAt: iso(issued) }),
    ...(regions && { regions }),
    ...(categories && { categories }),
    ...(uplift !== undefined && { uplift }),
    ...(depth !== undefined && { depth }),
  };
}

function weather(row: FileRow, { utcOffset, issuedAt: given }: FileOptions): ContextJson {
  const cells = cellsOf(row, utcOffset);
  const { from, to } = span(row, utcOffset);
  const region = cells.need("region", cells.text("region"));
  const issuedAt = cells.need("issuedAt", cells.time("issuedAt", false, ...ISSUED) ?? given);
  const severity = cells.number("severity", 0, 4);
  const precip = cells.number("precipMm", 0, 5000);
  const snowMm = cells.number("snowMm", 0, 5000);
  const tempC = cells.number("tempC", -100, 70);
  const measures = {
    rainMm: precip === undefined ? undefined : Math.max(0, precip - (snowMm ?? 0)),
    snowMm,
    windMs: cells.number("windMs", 0, 200),
    maxC: cells.number("maxC", -100, 70) ?? tempC,
    minC: cells.number("minC", -100, 70) ?? tempC,
  };
  const event = weatherEvent({ region, from, to, issuedAt, measures });
  if (severity === undefined) {
    if (Object.values(measures).some((value) => value !== undefined)) return event;
    throw new ProviderError(`${row.where}, severity: expected it, or precipMm, snowMm, windMs or tempC, got nothing`);
  }
  if (!Number.isInteger(severity)) {
    throw new ProviderError(`${row.where}, severity: expected one of 0, 1, 2, 3, 4, got ${severity}`);
  }
  const hazard = cells.text("hazard") ?? (severity === 0 ? "none" : "weather");
  return { ...event, ...(event.kind === "weather" && { hazard, severity }) } as ContextJson;
}
