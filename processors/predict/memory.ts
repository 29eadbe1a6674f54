import type { SeriesFit } from "../../forecasting/plan/fit.ts";
import type { Store } from "../../infra/store/port.ts";
import type { Issued, Watched } from "./outlook.ts";
import { actualDay, type Members, preventedOn, type World } from "./series.ts";
import type { Clock } from "./time.ts";
import type { OpenWarning } from "./warnings.ts";

/** What a day hands to the next beside the facts. */
export interface Memory {
  members: Members;
  /** Day on which everything was last learned. */
  learnedAt: number | undefined;
  readonly fits: Map<string, { readonly fit: SeriesFit; readonly version: string }>;
  /** What was issued of late, by step and series, by day. */
  readonly issued: Map<string, Map<number, Issued>>;
  readonly watched: Map<string, Watched[]>;
  readonly warnings: Map<string, OpenWarning>;
}

export const newMemory = (): Memory => ({
  members: { orders: [], complaints: [], types: [] },
  learnedAt: undefined,
  fits: new Map(),
  issued: new Map(),
  watched: new Map(),
  warnings: new Map(),
});

interface Kept {
  readonly members: Members;
  readonly learnedAt?: number;
  readonly watched: readonly [string, Watched[]][];
  readonly warnings: readonly [string, OpenWarning][];
}

/** What is kept with the cursor. Fits and forecasts are in their tables. */
export const toKept = ({ members, learnedAt, watched, warnings }: Memory): string =>
  JSON.stringify({ members, learnedAt, watched: sorted(watched), warnings: sorted(warnings) } satisfies {
    [K in keyof Kept]: unknown;
  });

/** The same memory is the same text, in whatever order it came about. */
const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

export interface LoadedFit {
  readonly learned: number;
  readonly version: string;
  readonly body: string;
}

/** @param fits  learned before the cursor, oldest first */
export function fromKept(state: string, clock: Clock, fits: readonly LoadedFit[], issues: readonly Issued[]): Memory {
  const kept = JSON.parse(state) as Kept;
  const memory: Memory = {
    ...newMemory(),
    members: kept.members,
    learnedAt: kept.learnedAt,
    watched: new Map(kept.watched),
    warnings: new Map(kept.warnings),
  };
  for (const { learned, version, body } of fits) {
    if (kept.learnedAt === undefined || learned < clock.start(kept.learnedAt)) continue;
    const fit = JSON.parse(body) as SeriesFit;
    memory.fits.set(fit.series, { fit, version });
  }
  for (const issued of issues) {
    const key = `${issued.step}|${issued.series}`;
    const byDay = memory.issued.get(key) ?? new Map<number, Issued>();
    byDay.set(issued.day, issued);
    memory.issued.set(key, byDay);
  }
  return memory;
}

export const loadFits = (store: Store, cursor: number): Promise<LoadedFit[]> =>
  store.query<LoadedFit>(
    `SELECT toFloat64(toUnixTimestamp64Milli(learned_to)) AS learned, version, body FROM forecast_fits FINAL
     WHERE learned_to < fromUnixTimestamp64Milli({cursor:Int64}) ORDER BY learned_to, series`,
    { cursor },
  );

/** What was issued from a day on and before the cursor, in order. */
export async function loadIssues(store: Store, clock: Clock, from: number, cursor: number): Promise<Issued[]> {
  const rows = await store.query<Omit<Issued, "day"> & { readonly issued: number }>(
    `SELECT series, step, version, mean, quantiles, toFloat64(toUnixTimestamp64Milli(issued_at)) AS issued
     FROM forecast_issues FINAL WHERE issued_at >= fromUnixTimestamp64Milli({from:Int64})
       AND issued_at < fromUnixTimestamp64Milli({cursor:Int64}) ORDER BY step, series, issued_at`,
    { from: clock.start(from), cursor },
  );
  return rows.map(({ issued, ...row }) => ({ ...row, day: clock.day(issued) }));
}

/** What came on a day of a forecast: one number, or one for every hour. Undefined where it cannot be told. */
export function actualOf(world: World, { series, step }: Issued, day: number): Float64Array | undefined {
  if (step === "day") {
    const actual = actualDay(world, series, day);
    return actual === undefined ? undefined : Float64Array.of(actual);
  }
  const [name = "", dimension, value = ""] = series.split("|");
  const key = name === "orders" ? "placed" : "complaints";
  const prevented = preventedOn(world, series, day) / 24;
  const hours = world.facts.hours(dimension === undefined ? key : `${key}|${dimension}|${value}`, day, day + 1);
  return hours.map((n) => n + prevented);
}
