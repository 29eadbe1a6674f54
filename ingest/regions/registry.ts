import { distanceKm } from "./distance.ts";
import type { Region } from "./read.ts";

/** Where to look for neighbours. Give at most one of `nearest` and `withinKm`; without either, 6 nearest. */
type NeighbourOptions = {
  /** Number of nearest regions. Made symmetric: b is a neighbour of a when either is among the other's nearest. */
  readonly nearest?: number;
  /** All regions up to this great-circle distance, in km. */
  readonly withinKm?: number;
  /** Level to look in: 0 country, 1 province or state, 2 city. Default: the region's own; the lowest for a leaf. */
  readonly level?: number;
};

/** Codes of places, their tree, and how far apart they are. An unknown code has no data, and is never an error. */
export type RegionRegistry = {
  readonly regions: readonly Region[];
  readonly get: (code: string) => Region | undefined;
  /** The region's name, or the code itself when it is unknown, so that it can always be shown. */
  readonly name: (code: string) => string;
  readonly parent: (code: string) => Region | undefined;
  readonly children: (code: string) => readonly Region[];
  /** The region itself or the one above it at `level`: a city at level 1 is its province. */
  readonly rollUp: (code: string, level: number) => Region | undefined;
  /** Regions at `level`, and those above it that are not divided further (Beijing is a province and a city). */
  readonly atLevel: (level: number) => readonly Region[];
  /** Given borders when the registry has them for this region and no option asks for distance; else by distance.
   *  Sorted by distance, nearest first. */
  readonly neighbours: (code: string, options?: NeighbourOptions) => readonly Region[];
  /** Great-circle distance in km; undefined when a code is unknown. */
  readonly distanceKm: (a: string, b: string) => number | undefined;
};

const DEFAULT_NEAREST = 6;

/**
 * The registry over checked rows.
 * @param borders  pairs of codes that touch, in either direction
 */
export function regionRegistry(
  regions: readonly Region[],
  borders: readonly (readonly [string, string])[] = [],
): RegionRegistry {
  const byCode = new Map(regions.map((region) => [region.code, region]));
  const childrenOf = new Map<string, Region[]>();
  for (const region of regions) {
    if (region.parent === undefined) continue;
    const siblings = childrenOf.get(region.parent);
    if (siblings === undefined) childrenOf.set(region.parent, [region]);
    else siblings.push(region);
  }
  const touching = touches(borders);
  const levels = new Map<string, number>();
  const levelOf = (region: Region): number => {
    const known = levels.get(region.code);
    if (known !== undefined) return known;
    const above = region.parent === undefined ? undefined : byCode.get(region.parent);
    const level = above === undefined ? 0 : levelOf(above) + 1;
    levels.set(region.code, level);
    return level;
  };
  const isLeaf = (region: Region) => !childrenOf.has(region.code);
  const lowest = Math.max(0, ...regions.map(levelOf));
  const atLevel = memo((level: number) =>
    regions.filter((region) => levelOf(region) === level || (levelOf(region) < level && isLeaf(region))),
  );
  const nearestAt = memo((key: string) => {
    const [level, k] = key.split(" ").map(Number) as [number, number];
    return nearestSymmetric(atLevel(level), k);
  });

  const rollUp = (code: string, level: number): Region | undefined => {
    let region = byCode.get(code);
    while (region !== undefined && levelOf(region) > level) region = byCode.get(region.parent ?? "");
    return region;
  };
  const neighbours = (code: string, options: NeighbourOptions = {}): readonly Region[] => {
    const from = byCode.get(code);
    if (from === undefined) return [];
    const { nearest, withinKm } = options;
    const level = options.level ?? (isLeaf(from) ? lowest : levelOf(from));
    const given = touching.get(code);
    if (nearest === undefined && withinKm === undefined && given !== undefined && level === levelOf(from)) {
      return byDistance(
        from,
        [...given].flatMap((other) => byCode.get(other) ?? []),
      );
    }
    if (withinKm !== undefined) {
      const near = atLevel(level).filter((other) => other !== from && distanceKm(from, other) <= withinKm);
      return byDistance(from, near);
    }
    return byDistance(from, nearestAt(`${level} ${nearest ?? DEFAULT_NEAREST}`).get(code) ?? []);
  };

  return {
    regions,
    get: (code) => byCode.get(code),
    name: (code) => byCode.get(code)?.name ?? code,
    parent: (code) => byCode.get(byCode.get(code)?.parent ?? ""),
    children: (code) => childrenOf.get(code) ?? [],
    rollUp,
    atLevel,
    neighbours,
    distanceKm: (a, b) => {
      const [from, to] = [byCode.get(a), byCode.get(b)];
      return from && to && distanceKm(from, to);
    },
  };
}

function touches(borders: readonly (readonly [string, string])[]): Map<string, Set<string>> {
  const touching = new Map<string, Set<string>>();
  for (const [a, b] of borders) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      touching.set(from, (touching.get(from) ?? new Set()).add(to));
    }
  }
  return touching;
}

function byDistance(from: Region, others: Iterable<Region>): Region[] {
  return [...others]
    .map((other) => ({ other, km: distanceKm(from, other) }))
    .sort((a, b) => a.km - b.km || (a.other.code < b.other.code ? -1 : 1))
    .map(({ other }) => other);
}

function nearestSymmetric(regions: readonly Region[], k: number): Map<string, Set<Region>> {
  const near = new Map(regions.map((region) => [region.code, new Set<Region>()]));
  for (const from of regions) {
    const others = regions.filter((other) => other !== from);
    for (const to of byDistance(from, others).slice(0, k)) {
      near.get(from.code)?.add(to);
      near.get(to.code)?.add(from);
    }
  }
  return near;
}

function memo<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
