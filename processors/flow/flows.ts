import { CHANGES, noEvidence } from "../../forecasting/flow/evidence.ts";
import { incidentId, measureOf, type Open, type Said, sizeOf } from "./incident.ts";
import type { Judged, Memory } from "./memory.ts";
import { placeOf } from "./movements.ts";
import type { FlowPolicy } from "./policy.ts";
import { type Series, shareOf } from "./series.ts";

const HOUR_MS = 3_600_000;

/** Open incidents of parcels: how they grow, and whether they are over. */
export function goOn(
  memory: Memory,
  flows: readonly Judged[],
  hour: number,
  policy: FlowPolicy,
  doubtful: (place: string) => boolean,
): Said[] {
  const said: Said[] = [];
  if (memory.flow.size === 0) return said;
  const byPlace = new Map<string, Judged[]>();
  for (const one of flows) byPlace.set(one.series.place, [...(byPlace.get(one.series.place) ?? []), one]);
  for (const [place, incident] of [...memory.flow].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const there = byPlace.get(place) ?? [];
    const mine = there.find(({ series }) => series.stage === incident.stage);
    const waiting = mine?.series.waiting ?? 0;
    if (mine && !doubtful(place)) {
      const surge = incident.change === "surge";
      incident.observed += mine.series.passing;
      incident.expected += surge ? mine.high : mine.low;
      const { observed, low, high } = mine.watched.recent;
      const normal = surge ? observed <= high / policy.recovered : observed >= policy.recovered * low;
      if (!normal) incident.last = hour;
    }
    if (hour - incident.last >= policy.resolveAfter / HOUR_MS) {
      memory.flow.delete(place);
      for (const { watched } of there) for (const change of CHANGES) watched.evidence[change] = noEvidence();
      said.push({ incident, change: "resolved", hour, waiting });
    } else if (sizeOf(incident) >= 2 * incident.saidSize) {
      incident.saidSize = sizeOf(incident);
      said.push({ incident: { ...incident }, change: "grew", hour, waiting });
    }
  }
  return said;
}

/** Who explains whom: a carrier its parcels everywhere, a hub and a region the lanes through them. */
const ORDER = ["carrier", "hub", "region", "all", "lane"];

export function openFlows(
  memory: Memory,
  flows: readonly Judged[],
  hour: number,
  limit: number,
  lost: ReadonlyMap<string, number>,
  doubtful: (place: string) => boolean,
): Said[] {
  const said: Said[] = [];
  const candidates = flows
    .filter(({ series, watched }) => {
      const { stop, collapse, surge } = watched.evidence;
      return Math.max(stop.score, collapse.score, surge.score) >= limit && !doubtful(series.place);
    })
    .flatMap((one) => CHANGES.map((change) => ({ ...one, change, evidence: one.watched.evidence[change] })))
    .filter(({ evidence }) => evidence.score >= limit)
    .sort(
      (a, b) =>
        ORDER.indexOf(a.series.dimension) - ORDER.indexOf(b.series.dimension) ||
        b.evidence.score - a.evidence.score ||
        (a.series.key < b.series.key ? -1 : 1),
    );
  for (const { series, change, evidence, watched } of candidates) {
    if (memory.flow.has(series.place)) continue;
    if (isExplained(memory, series, change, evidence, lost)) {
      watched.evidence[change] = noEvidence();
      continue;
    }
    const { observed, expected, score, since } = evidence;
    const incident: Open = {
      id: incidentId(measureOf(series.stage), series.place, (hour + 1) * HOUR_MS),
      measure: measureOf(series.stage),
      dimension: series.dimension,
      value: series.value,
      stage: series.stage,
      change,
      since,
      opened: hour,
      last: hour,
      observed,
      expected,
      saidSize: Math.abs(expected - observed),
      score,
      parcels: 0,
      back: undefined,
    };
    memory.flow.set(series.place, incident);
    said.push({ incident: { ...incident }, change: "opened", hour, waiting: series.waiting });
  }
  return said;
}

/** A place is not the place of an incident when others that have one hold this share of what it lacks. */
const EXPLAINED = 0.5;

function isExplained(
  memory: Memory,
  series: Series,
  change: string,
  { observed, expected }: { readonly observed: number; readonly expected: number },
  lost: ReadonlyMap<string, number>,
): boolean {
  if (change === "surge") return false;
  const open = (dimension: string, value: string) => memory.flow.has(placeOf(dimension, value));
  if (series.dimension === "lane") {
    return memory.flow.has("all|all") || series.value.split(">").some((region) => open("region", region));
  }
  const missing = expected - observed;
  if (series.dimension === "carrier") return false;
  const carriers = new Map(lost);
  for (const incident of memory.flow.values()) {
    if (incident.dimension !== "carrier" || incident.change === "surge") continue;
    carriers.set(incident.value, Math.max(0, 1 - incident.observed / Math.max(1, incident.expected)));
  }
  if (shareOf(series, carriers) * expected >= EXPLAINED * missing) return true;
  if (series.dimension !== "all") return false;
  let theirs = 0;
  for (const incident of memory.flow.values()) {
    if (incident.stage === series.stage && incident.dimension !== "lane") theirs = Math.max(theirs, sizeOf(incident));
  }
  return theirs >= EXPLAINED * missing;
}
