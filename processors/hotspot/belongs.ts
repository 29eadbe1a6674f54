import { type Above, topOf } from "../shell/region-top.ts";
import type { Incident } from "./incidents.ts";
import type { Judgement } from "./judge.ts";
import type { EventRow } from "./measures.ts";
import { membershipsOf } from "./series.ts";

const HOUR_MS = 3_600_000;
/** Share of a place's own events that must be those of an incident for it to be a part of it. */
const SHARED = 0.6;
/** And this many times the share that the incident's place has of everything when nothing is wrong: the only carrier holds all. */
const LIFT = 1.5;
/** Events from before the incident that say what is usual. */
const ENOUGH = 5;

/**
 * Whether what alarms in a place is, for the most part, what an open incident elsewhere is about: the hub a region's
 * parcels are stuck in, the region a merchant's customers complain from.
 * @param recent  events of the last days
 * @param above   the watched region above a region
 */
export function belongsTo(
  place: string,
  alarms: readonly Judgement[],
  incident: Incident,
  recent: readonly EventRow[],
  above: Above,
): boolean {
  const home = `${incident.dimension}|${incident.value}`;
  // Two regions never hold the same parcels; a look saved.
  if (incident.dimension === place.slice(0, place.indexOf("|"))) return false;
  const strongest = alarms[0] as Judgement;
  let [own, shared, usual, usualHome] = [0, 0, 0, 0];
  for (const row of recent) {
    if (row.measure !== strongest.measure) continue;
    if (strongest.type !== "" && row.type !== strongest.type) continue;
    const places = placesOf(row, above);
    if (row.hour < incident.since / HOUR_MS) {
      usual += row.n;
      if (places.includes(home)) usualHome += row.n;
    }
    if (row.hour < strongest.tick - strongest.window || !places.includes(place)) continue;
    own += row.n;
    if (places.includes(home)) shared += row.n;
  }
  if (own === 0 || shared < SHARED * own) return false;
  // A hub is where parcels wait; of any other place it must be known that it does not always hold as much.
  return usual >= ENOUGH ? shared * usual >= LIFT * own * usualHome : incident.dimension === "hub";
}

/** Where an event counts: everything it is out of, and the hub it waits in. */
function placesOf(row: EventRow, above: Above): string[] {
  return membershipsOf(row, above).map(
    ({ dimension, value }) => `${dimension}|${dimension === "region" ? topOf(value, above) : value}`,
  );
}

/** Share of what waits in a region's hubs that must wait in one of them for it to be that hub's trouble. */
const ONE_HUB = 0.8;

/**
 * The hub that what stands still in a region's hubs waits in, if for the most part it is one. The hub is judged by
 * itself, now or within hours; in its region the same parcels say nothing new.
 */
export function hubOf(alarm: Judgement, recent: readonly EventRow[], above: Above): string | undefined {
  if (alarm.measure !== "stalls" || alarm.type !== "hub" || alarm.dimension !== "region") return undefined;
  const hubs = new Map<string, number>();
  let all = 0;
  for (const { measure, type, hour, region, hub, n } of recent) {
    if (measure !== "stalls" || type !== "hub" || hour < alarm.tick - alarm.window) continue;
    if (topOf(region, above) !== alarm.value) continue;
    all += n;
    if (hub !== "") hubs.set(hub, (hubs.get(hub) ?? 0) + n);
  }
  for (const [hub, n] of hubs) if (n >= ONE_HUB * all) return hub;
  return undefined;
}
