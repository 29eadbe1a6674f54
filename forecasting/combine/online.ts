import { logOffset } from "../models/forecaster.ts";
import type { Panel } from "../series/panel.ts";
import type { Track } from "../track.ts";
import { adaptLevels, conformalQuantiles, LEVELS } from "./calibrate.ts";
import { ensembleWeights } from "./weights.ts";

export type GroupForecast = {
  readonly group: string;
  /** Expected values, length horizon. */
  readonly mean: Float64Array;
  /** Per level of LEVELS, length horizon. */
  readonly quantiles: readonly Float64Array[];
};

export type OnlineForecast = {
  readonly origin: number;
  readonly weights: Readonly<Record<string, number>>;
  readonly groups: readonly GroupForecast[];
};

export const ONLINE_DEFAULTS = {
  /** Half-life of past errors, in issues of the horizon's length. */
  halfLife: 10,
  /** What errors of another series count for beside one's own. */
  others: 0.15,
  /** Step of the adaptive levels per observed target. */
  rate: 0.01,
  /** Issues looked back on when weighing. */
  recent: 14,
} as const;

/** Known values from which on a series' errors count. */
const LEAST_KNOWN = 8;

type Score = {
  readonly group: number;
  readonly at: number;
  readonly h: number;
  readonly u: number;
  readonly rank: number;
  readonly weights: Float64Array;
};

/**
 * Plays a track in order of time: at every origin the competitors are weighed by errors known by then, combined, and
 * the combination's quantiles calibrated on its own past errors. What is returned for an origin uses nothing later,
 * so its errors are honest and feed the next.
 */
export function playTrack(panel: Panel, track: Track, from = 0): OnlineForecast[] {
  const scores: Score[] = [];
  const pending: {
    at: number;
    group: number;
    h: number;
    location: number;
    spread: number;
    levels: Float64Array;
    weights: Float64Array;
  }[] = [];
  const forecasts: OnlineForecast[] = [];
  const age = track.horizon * ONLINE_DEFAULTS.halfLife;
  track.origins.forEach((origin, k) => {
    // What came since the last origin turns into scores.
    for (let i = pending.length - 1; i >= 0; i--) {
      const p = pending[i] as (typeof pending)[number];
      if (p.at >= origin) continue;
      pending.splice(i, 1);
      const y = panel.groups[p.group]?.y as Float64Array;
      const actual = y[p.at] as number;
      if (Number.isNaN(actual)) continue;
      const u = (Math.log(actual + logOffset(y, origin)) - p.location) / p.spread;
      scores.push({ group: p.group, at: p.at, h: p.h, u, rank: rankOf(u, p.levels), weights: p.weights });
    }
    scores.sort((a, b) => a.at - b.at || a.h - b.h);
    const weights = weigh(panel, track, k, age);
    const groups = panel.groups.map((group, g): GroupForecast => {
      const length = Math.min(track.horizon, panel.length - origin);
      const offset = logOffset(group.y, origin);
      // What is said of a series of which next to nothing is known is no error to learn from.
      const speaks = group.y.subarray(0, origin).filter((v) => !Number.isNaN(v)).length >= LEAST_KNOWN;
      const combined = combine(track, k, g, length, weights);
      const mine = scores.filter((s) => s.group === g);
      const used = panel.groups.length > 1 ? scores.filter((s) => s.at > origin - 3 * age) : mine;
      const input = {
        u: Float64Array.from(used, (s) => s.u),
        horizon: Int32Array.from(used, (s) => s.h),
        stretch: Int32Array.from(used, (s) => Math.floor((origin - 1 - s.at) / track.horizon)),
        weight: Float64Array.from(
          used,
          (s) =>
            0.5 ** ((origin - s.at) / age) *
            (s.group === g ? 1 : ONLINE_DEFAULTS.others) *
            likeness(s.weights, weights),
        ),
      };
      const adapted = adaptLevels(
        Float64Array.from(mine, (s) => s.rank),
        ONLINE_DEFAULTS.rate,
      );
      const quantiles = LEVELS.map(() => new Float64Array(length));
      const mean = new Float64Array(length);
      for (let h = 0; h < length; h++) {
        const location = combined.location[h] as number;
        const spread = combined.spread[h] as number;
        const nominal = conformalQuantiles(input, h + 1, LEVELS);
        if (speaks && combined.spoken[h] === 1)
          pending.push({ at: origin + h, group: g, h: h + 1, location, spread, levels: nominal, weights });
        const standard = conformalQuantiles(input, h + 1, adapted);
        standard.forEach((q, l) => {
          (quantiles[l] as Float64Array)[h] = Math.max(0, Math.exp(location + spread * q) - offset);
        });
        mean[h] = meanOfQuantiles(quantiles, h);
      }
      return { group: group.name, mean, quantiles };
    });
    if (origin >= from) {
      forecasts.push({
        origin,
        weights: Object.fromEntries(track.names.map((name, m) => [name, weights[m] as number])),
        groups,
      });
    }
  });
  return forecasts;
}

/** Overlap of two mixtures, squared: errors of a differently composed forecast say little about this one's. */
function likeness(a: Float64Array, b: Float64Array): number {
  let shared = 0;
  for (let m = 0; m < a.length; m++) shared += Math.min(a[m] as number, b[m] as number);
  return shared * shared;
}

/** Weights of the competitors from the targets known at origin k, all groups together. */
function weigh(panel: Panel, track: Track, k: number, age: number): Float64Array {
  const origin = track.origins[k] as number;
  // A competitor silent now cannot be weighed now.
  const now = track.issues[k]?.map((issue) => issue.location.some((path) => !Number.isNaN(path[0] as number))) ?? [];
  const locations: number[][] = track.names.map(() => []);
  const actual: number[] = [];
  const importance: number[] = [];
  for (let j = Math.max(0, k - ONLINE_DEFAULTS.recent - Math.ceil(track.horizon / 4)); j < k; j++) {
    const issued = track.origins[j] as number;
    panel.groups.forEach(({ y }, g) => {
      const offset = logOffset(y, origin);
      for (let h = 0; h < track.horizon && issued + h < origin; h++) {
        const v = y[issued + h] as number;
        if (Number.isNaN(v)) continue;
        const said = track.issues[j]?.map((issue) => issue.location[g]?.[h] ?? Number.NaN) ?? [];
        // Competitors are compared on the same targets: those on which all that can speak now spoke.
        if (said.some((value, m) => now[m] && Number.isNaN(value))) continue;
        actual.push(Math.log(v + offset));
        // Absolute errors count, so a large value counts more; errors of one issue hang together.
        importance.push(
          ((v + offset) * 0.5 ** ((origin - issued) / age)) / Math.sqrt(track.horizon * panel.groups.length),
        );
        said.forEach((value, m) => {
          (locations[m] as number[]).push(now[m] ? value : Number.NaN);
        });
      }
    });
  }
  const weights = ensembleWeights({
    locations: locations.map((path) => Float64Array.from(path)),
    actual: Float64Array.from(actual),
    importance: Float64Array.from(importance),
  });
  return weights;
}

function combine(track: Track, k: number, g: number, length: number, weights: Float64Array) {
  const location = new Float64Array(length);
  const spread = new Float64Array(length);
  const spoken = new Uint8Array(length);
  for (let h = 0; h < length; h++) {
    let sum = 0;
    let used = 0;
    let variance = 0;
    let spreadWeight = 0;
    track.issues[k]?.forEach((issue, m) => {
      const w = weights[m] as number;
      const v = issue.location[g]?.[h] ?? Number.NaN;
      if (!(w > 0) || Number.isNaN(v)) return;
      sum += w * v;
      used += w;
      const s = issue.spread?.[g]?.[h];
      if (s !== undefined && Number.isFinite(s)) {
        variance += w * s * s;
        spreadWeight += w;
      }
    });
    spoken[h] = used > 0 ? 1 : 0;
    location[h] = used > 0 ? sum / used : 0;
    spread[h] = spreadWeight > 1e-3 ? Math.max(1e-3, Math.sqrt(variance / spreadWeight)) : 0.1;
  }
  return { location, spread, spoken };
}

/** Share of a predictive distribution, given by its quantiles at LEVELS, below u. */
function rankOf(u: number, quantiles: Float64Array): number {
  const n = LEVELS.length;
  if (u <= (quantiles[0] as number)) return ((LEVELS[0] as number) * 1) / 2;
  for (let i = 1; i < n; i++) {
    const high = quantiles[i] as number;
    if (u > high) continue;
    const low = quantiles[i - 1] as number;
    const share = high > low ? (u - low) / (high - low) : 1;
    return (LEVELS[i - 1] as number) + share * ((LEVELS[i] as number) - (LEVELS[i - 1] as number));
  }
  return 1 - (1 - (LEVELS[n - 1] as number)) / 2;
}

/** Mean of a distribution given by quantiles: the trapezoid rule over probability, outer parts held flat. */
function meanOfQuantiles(quantiles: readonly Float64Array[], h: number): number {
  let sum = 0;
  for (let i = 0; i < LEVELS.length; i++) {
    const low = i === 0 ? 0 : ((LEVELS[i - 1] as number) + (LEVELS[i] as number)) / 2;
    const high = i === LEVELS.length - 1 ? 1 : ((LEVELS[i] as number) + (LEVELS[i + 1] as number)) / 2;
    sum += (high - low) * ((quantiles[i] as Float64Array)[h] as number);
  }
  return sum;
}
