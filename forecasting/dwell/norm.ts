import { momentsOf, type Part, type Waits } from "./bins.ts";
import { bestFamily, type Expected, type Family, standardQuantiles } from "./families.ts";
import { type Cell, shrink } from "./shrink.ts";

/** Waits of one stage that have everything in common. Names may be "" for unknown. */
export interface Sample {
  readonly service: string;
  readonly carrier: string;
  readonly origin: string;
  readonly destination: string;
  /** Of the latest part of the time learned from: held out when a shape is chosen. */
  readonly newer: boolean;
  readonly waits: Waits;
}
export interface WeekdaySample {
  readonly service: string;
  /** Day on which the wait began, 0 Monday .. 6 Sunday. */
  readonly weekday: number;
  readonly waits: Waits;
}

/** mean, variance of one wait, variance of what is not known of the mean; all of log(hours). */
export type Place = readonly [mean: number, variance: number, unsure: number];

/** What is normal in one stage. Times are hours of working time. */
export interface StageNorm {
  readonly n: number;
  readonly family: Family;
  /** Standardised quantiles. */
  readonly z: Readonly<Record<Quantile, number>>;
  /** By `pathsOf`: the whole stage, a service, its pairs of regions, its lanes. */
  readonly places: Readonly<Record<string, Place>>;
  /** Variance between services, pairs and lanes: what one never seen may differ by. */
  readonly between: readonly number[];
  /** Added to the mean by service and carrier, and by weekday of the beginning for each service. */
  readonly carriers: Readonly<Record<string, number>>;
  readonly weekdays: Readonly<Record<string, readonly number[]>>;
}

/** Hardly anything is quicker, half is, nearly all is, and the limit of what is normal. */
export type Quantile = "shortest" | "typical" | "likely" | "limit";

export interface Asked {
  readonly service: string;
  readonly carrier: string;
  readonly origin: string;
  readonly destination: string;
  readonly weekday: number;
}

export interface FitOptions {
  /** Share of healthy waits that may exceed the limit, in (0, 1). */
  readonly exceeding: number;
  /** Fewest waits a stage is learned from. */
  readonly enough: number;
  /** The region a region counts with where its own lanes are thin. */
  readonly above: (region: string) => string;
}

/** Fewest waits of a lane that gets a row of its own: others are their parent's. */
const LANE_ENOUGH = 5;

/** From the whole stage to the lane; each is the parent of the next. No name holds a line end. */
export const pathsOf = (
  { service, origin, destination }: Omit<Asked, "weekday">,
  above: (region: string) => string,
) => [
  "",
  `service\n${service}`,
  `pair\n${service}\n${above(origin)}\n${above(destination)}`,
  `lane\n${service}\n${origin}\n${destination}`,
];

/**
 * What is normal in a stage: log(hours) = its lane + its carrier + the weekday it began on + noise, each pulled to its
 * parent where it is thin (lane to pair of regions to service to all; carrier and weekday to none), with the noise of
 * all lanes pooled for its tail.
 * @returns undefined when there are too few waits to say
 */
export function fitStage(
  told: readonly Sample[],
  weekdays: readonly WeekdaySample[],
  { exceeding, enough, above }: FitOptions,
): StageNorm | undefined {
  const root = momentsOf(told.map(({ waits }) => ({ waits, shift: 0 })));
  if (root.n < enough) return undefined;
  const samples = told.map(
    (sample): Placed => ({ ...sample, paths: pathsOf(sample, above), theirs: carrierKey(sample) }),
  );
  let carriers = new Map<string, number>();
  let levels = fitPlaces(samples, carriers);
  if (new Set(samples.map(({ carrier }) => carrier)).size > 1) {
    for (let round = 0; round < 2; round += 1) {
      carriers = fitCarriers(samples, levels);
      levels = fitPlaces(samples, carriers);
    }
  }
  const expected = ({ waits, paths, theirs }: Placed): Expected => {
    const cell = deepest(levels, paths);
    return { waits, mean: cell.mean + (carriers.get(theirs) ?? 0), sd: Math.sqrt(cell.variance) };
  };
  const family = bestFamily(samples.filter(({ newer }) => newer).map(expected));
  const shares = [SHORTEST, 0.5, LIKELY, 1 - exceeding];
  const [shortest = 0, typical = 0, likely = 0, limit = 0] = standardQuantiles(samples.map(expected), family, shares);
  const places: Record<string, Place> = {};
  for (const level of levels.cells) {
    for (const [path, cell] of [...level].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (path !== "" && cell.n < LANE_ENOUGH) continue;
      places[path] = [round(cell.mean), round(cell.variance), round(cell.unsure)];
    }
  }
  return {
    n: root.n,
    family,
    z: { shortest, typical, likely, limit },
    places,
    between: levels.between.map(round),
    carriers: Object.fromEntries([...carriers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, round(v)])),
    weekdays: fitWeekdays(weekdays),
  };
}

const SHORTEST = 0.001;
const LIKELY = 0.9;
/** Digits enough for a minute in a month, and the same text wherever it was computed. */
const round = (x: number): number => Math.round(x * 1e5) / 1e5;
const carrierKey = ({ service, carrier }: Pick<Asked, "service" | "carrier">) => `${service}\n${carrier}`;

/** A sample with its names, which every round of the fit asks for. */
interface Placed extends Sample {
  readonly paths: readonly string[];
  readonly theirs: string;
}

interface Levels {
  /** From the root down: cells by path. */
  readonly cells: readonly ReadonlyMap<string, Cell>[];
  readonly between: readonly number[];
}

function fitPlaces(samples: readonly Placed[], carriers: ReadonlyMap<string, number>): Levels {
  const groups: Map<string, { parts: Part[]; parent: string }>[] = [new Map(), new Map(), new Map(), new Map()];
  for (const { waits, paths, theirs } of samples) {
    const part = { waits, shift: carriers.get(theirs) ?? 0 };
    for (const [level, path] of paths.entries()) {
      const group = groups[level]?.get(path);
      if (group) group.parts.push(part);
      else groups[level]?.set(path, { parts: [part], parent: paths[level - 1] ?? "" });
    }
  }
  const all = momentsOf(groups[0]?.get("")?.parts ?? []);
  const cells: Map<string, Cell>[] = [new Map([["", { ...all, unsure: all.variance / all.n }]])];
  const between: number[] = [];
  for (let level = 1; level < groups.length; level += 1) {
    const here = [...(groups[level] ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    const parents = here.map(([, { parent }]) => cells[level - 1]?.get(parent) as Cell);
    const shrunken = shrink(
      here.map(([, { parts }]) => momentsOf(parts)),
      parents,
    );
    between.push(shrunken.between);
    cells.push(new Map(here.map(([path], i) => [path, shrunken.cells[i] as Cell])));
  }
  return { cells, between };
}

function fitCarriers(samples: readonly Placed[], levels: Levels): Map<string, number> {
  const parts = new Map<string, Part[]>();
  for (const { waits, paths, theirs } of samples) {
    const part = { waits, shift: deepest(levels, paths).mean };
    const own = parts.get(theirs);
    if (own) own.push(part);
    else parts.set(theirs, [part]);
  }
  const keys = [...parts.keys()].sort();
  const none: Cell = { ...deepest(levels, []), n: 0, mean: 0, unsure: 0 };
  const { cells } = shrink(
    keys.map((key) => momentsOf(parts.get(key) ?? [])),
    keys.map(() => none),
  );
  return new Map(keys.map((key, i) => [key, cells[i]?.mean ?? 0]));
}

function fitWeekdays(samples: readonly WeekdaySample[]): Record<string, number[]> {
  const byService = new Map<string, Part[][]>();
  for (const { service, weekday, waits } of samples) {
    const days = byService.get(service) ?? Array.from({ length: 7 }, () => []);
    days[weekday]?.push({ waits, shift: 0 });
    byService.set(service, days);
  }
  const fitted: Record<string, number[]> = {};
  for (const [service, days] of [...byService].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const all = momentsOf(days.flat());
    if (all.n < 7 * LANE_ENOUGH) continue;
    const { cells } = shrink(
      days.map((parts) => momentsOf(parts)),
      days.map(() => ({ ...all, unsure: 0 })),
    );
    fitted[service] = cells.map(({ mean }) => round(mean - all.mean));
  }
  return fitted;
}

function deepest({ cells }: Levels, paths: readonly string[]): Cell {
  for (let level = paths.length - 1; level > 0; level -= 1) {
    const cell = cells[level]?.get(paths[level] as string);
    if (cell) return cell;
  }
  return cells[0]?.get("") as Cell;
}

/**
 * A quantile of the waits one asks for: of the lane if it is known, else of its nearest parent, and the wider the less
 * is known.
 * @returns hours of working time
 */
export function hoursOf(norm: StageNorm, asked: Asked, quantile: Quantile, above: (region: string) => string): number {
  const paths = pathsOf(asked, above);
  let level = paths.length - 1;
  while (level > 0 && !Object.hasOwn(norm.places, paths[level] as string)) level -= 1;
  const [mean, variance, unsure] = norm.places[paths[level] as string] as Place;
  let spread = variance + unsure;
  for (let missing = level; missing < norm.between.length; missing += 1) spread += norm.between[missing] as number;
  const carrier = own(norm.carriers, carrierKey(asked)) ?? 0;
  const weekday = own(norm.weekdays, asked.service)?.[asked.weekday] ?? 0;
  return Math.exp(mean + carrier + weekday + norm.z[quantile] * Math.sqrt(spread));
}

/** Names come from events: "__proto__" is one like any other. */
const own = <T>(record: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
