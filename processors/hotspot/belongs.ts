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
  above: (region: string) => string | undefined,
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
function placesOf(row: EventRow, above: (region: string) => string | undefined): string[] {
  return membershipsOf(row).map(({ dimension, value }) => {
    let top = value;
    for (let up = dimension === "region" ? above(top) : undefined; up !== undefined; up = above(top)) top = up;
    return `${dimension}|${top}`;
  });
}
