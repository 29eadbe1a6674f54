import { z } from "zod";
import { flexibleSets, wholeSets } from "./scan/flexible-zones.ts";
import { SCAN_DEFAULTS, scan } from "./scan/scan.ts";
import { circles, euclidean, greatCircle } from "./scan/zones.ts";
import { parseMoment, type TableSeries } from "./series-table.ts";

export type ReportedCluster = {
  readonly members: readonly string[];
  readonly center: string;
  readonly radius: number;
  readonly from: string;
  readonly to: string;
  readonly observed: number;
  readonly expected: number;
  readonly relativeRisk: number;
  readonly llr: number;
  readonly pvalue: number;
  readonly gumbelPvalue: number;
  readonly recurrenceInterval: number;
};

/** Columns besides time and count the scan uses: coordinates and what cases are compared with. */
export const SCAN_COLUMNS: readonly string[] = ["lat", "lon", "x", "y", "exposure", "expected"];

const d = SCAN_DEFAULTS;
const schema = z.object({
  extent: z.enum(["spatial", "retrospective", "prospective"]).default(d.extent),
  maxDuration: z.number().int().min(1).optional(),
  model: z.enum(["poisson", "permutation"]).default(d.model),
  statistic: z.enum(["kulldorff", "expectation"]).default(d.statistic),
  minCases: z.number().int().min(1).default(d.minCases),
  /** Null data sets behind the p-values; as many as are cheap when left out, 999 at least. */
  replicas: z.number().int().min(0).optional(),
  most: z.number().int().min(1).default(d.most),
  seed: z.number().int().default(d.seed),
  /** Largest share of the population in a cluster. */
  maxPopulation: z.number().gt(0).max(1).default(0.5),
  /** Kilometres with lat and lon, else the map's own unit. */
  maxRadius: z.number().positive().optional(),
  shape: z.enum(["circular", "flexible"]).default("circular"),
  /** Locations of a flexible cluster at most. */
  k: z.number().int().min(1).max(15).default(10),
  /** Pairs of bordering locations; the five nearest when left out. */
  adjacency: z.array(z.tuple([z.string(), z.string()])).optional(),
  freq: z.number().positive().optional(),
});

/** What each name sets beforehand. */
const PRESETS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  scan: {},
  satscan: {},
  kulldorff: {},
  "scan.spatial": { extent: "spatial" },
  "scan.retrospective": { extent: "retrospective" },
  "scan.prospective": { extent: "prospective" },
  "scan.permutation": { model: "permutation" },
  "scan.flexible": { shape: "flexible", extent: "spatial" },
  flexscan: { shape: "flexible", extent: "spatial" },
  "scan.expectation": { statistic: "expectation" },
};

export const SCAN_NAMES: readonly string[] = Object.keys(PRESETS);

const NEAREST = 5;
/** Locations by steps up to which ten times the replicas take a second or two. */
const CHEAP = 5000;

/**
 * Scans the locations of a table, one series each.
 * @param from  clusters that begin earlier are not looked for
 * @throws Error when a location has no coordinates, or the model no baseline
 */
export async function scanSeries(
  name: string,
  series: readonly TableSeries[],
  options: Readonly<Record<string, unknown>>,
  from: number | undefined,
): Promise<ReportedCluster[]> {
  const settings = schema.parse({ ...PRESETS[name.toLowerCase()], ...options });
  const labels = new Map<number, string>();
  for (const s of series)
    for (const [i, t] of s.times.entries()) labels.set(t, s.labels[i] ?? labels.get(t) ?? String(t));
  const times = [...labels.keys()].sort((a, b) => a - b);
  const steps = times.length;
  const place = new Map(times.map((t, i) => [t, i]));
  const grid = (column: (s: TableSeries) => Float64Array | undefined, missing: (known: Float64Array) => number) => {
    const out = new Float64Array(series.length * steps);
    series.forEach((s, l) => {
      const values = column(s) ?? new Float64Array(0);
      out.fill(missing(values.filter((v) => !Number.isNaN(v))), l * steps, (l + 1) * steps);
      values.forEach((v, i) => {
        if (!Number.isNaN(v)) out[l * steps + (place.get(s.times[i] as number) as number)] = v;
      });
    });
    return out;
  };
  const cases = grid(
    (s) => s.counts,
    () => 0,
  );
  const has = (column: string) => series.some((s) => s.columns.has(column));
  const against = has("expected") ? "expected" : "exposure";
  const average = (known: Float64Array) => known.reduce((a, b) => a + b, 0) / Math.max(1, known.length);
  const baseline = settings.model === "permutation" ? null : grid((s) => s.columns.get(against), average);
  if (baseline && !has(against)) throw new Error("scan: expected a column population, exposure or expected");
  const weight = series.map((_, l) => average((baseline ?? cases).subarray(l * steps, (l + 1) * steps)));
  const population = Float64Array.from(weight);
  const distances = distancesOf(series);
  const limits = { maxPopulation: settings.maxPopulation, maxRadius: settings.maxRadius ?? Number.POSITIVE_INFINITY };
  const zones =
    settings.shape === "circular"
      ? circles(distances, population, limits)
      : wholeSets(
          flexibleSets(distances, neighbours(series, distances, settings.adjacency), population, settings.k, limits),
        );
  const sinceFrom = from === undefined ? steps : times.filter((t) => t >= from).length;
  const longest = settings.maxDuration ?? (settings.extent === "spatial" ? steps : Math.ceil(steps / 2));
  const maxDuration = Math.max(1, Math.min(longest, sinceFrom));
  const replicas = settings.replicas ?? (zones.orders.length * steps <= CHEAP ? 9999 : d.replicas);
  const clusters = await scan({ cases, baseline, steps, zones }, { ...settings, maxDuration, replicas });
  return clusters.map((c) => ({
    members: c.members.map((l) => series[l]?.name ?? ""),
    center: series[c.members[0] as number]?.name ?? "",
    radius: c.radius,
    from: labels.get(times[c.window.first] as number) ?? "",
    to: labels.get(times[c.window.last] as number) ?? "",
    observed: c.observed,
    expected: c.expected,
    relativeRisk: c.relativeRisk,
    llr: c.llr,
    pvalue: c.pvalue,
    gumbelPvalue: c.gumbel,
    recurrenceInterval: c.recurrence,
  }));
}

function distancesOf(series: readonly TableSeries[]): Float64Array {
  const at = (column: string) =>
    series.map((s) => {
      const known = s.columns.get(column)?.find((v) => !Number.isNaN(v));
      if (known === undefined) throw new Error(`location "${s.name}": expected ${column}`);
      return known;
    });
  if (series.some((s) => s.columns.has("lat"))) {
    const lon = at("lon");
    return greatCircle(at("lat").map((lat, i) => ({ lat, lon: lon[i] as number })));
  }
  if (!series.some((s) => s.columns.has("x"))) throw new Error("scan: expected columns lat and lon, or x and y");
  const y = at("y");
  return euclidean(at("x").map((x, i) => ({ x, y: y[i] as number })));
}

function neighbours(
  series: readonly TableSeries[],
  distances: Float64Array,
  pairs: readonly (readonly [string, string])[] | undefined,
): number[][] {
  const n = series.length;
  const sets = Array.from({ length: n }, () => new Set<number>());
  const join = (a: number, b: number): void => {
    sets[a]?.add(b);
    sets[b]?.add(a);
  };
  if (pairs) {
    const index = new Map(series.map((s, i) => [s.name, i]));
    for (const [a, b] of pairs) {
      const [i, j] = [index.get(a), index.get(b)];
      if (i === undefined || j === undefined) throw new Error(`adjacency: no location "${i === undefined ? a : b}"`);
      join(i, j);
    }
  } else {
    for (let i = 0; i < n; i++) {
      const near = Array.from({ length: n }, (_, j) => j).filter((j) => j !== i);
      near.sort((a, b) => (distances[i * n + a] as number) - (distances[i * n + b] as number));
      for (const j of near.slice(0, NEAREST)) join(i, j);
    }
  }
  return sets.map((s) => [...s]);
}

/** First time to judge from the command line. @throws Error unless a number or an ISO date */
export function parseFrom(text: string): number {
  const moment = parseMoment(text);
  if (Number.isNaN(moment)) throw new Error(`from: expected a number or an ISO date, got "${text}"`);
  return moment;
}
