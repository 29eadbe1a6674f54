import { digest } from "../../ingest/contracts/canonical.ts";
import type { Judgement } from "./judge.ts";

/** An incident while it lasts. */
export interface Incident {
  readonly id: string;
  readonly dimension: string;
  readonly value: string;
  /** Start of the window that first alarmed, ms. */
  readonly since: number;
  lastAlarm: number;
  /** Events beyond the expected since it opened. */
  excess: number;
  saidSize: number;
}

export interface IncidentChange {
  readonly incident: Incident;
  readonly change: "opened" | "grew" | "resolved";
  readonly strongest: Judgement | undefined;
  readonly alarms: readonly Judgement[];
}

const HOUR_MS = 3_600_000;
/** An incident is told again when it doubled: more often is noise. */
const GROWTH = 2;

/**
 * Folds the judgements of one full hour into the incidents: one incident a place, whatever alarms there.
 * @param places        open incidents by place; changed in place
 * @param tick          ms
 * @param resolveAfter  ms without an alarm
 */
export function foldIncidents(
  places: Map<string, Incident>,
  judgements: readonly Judgement[],
  tick: number,
  resolveAfter: number,
): IncidentChange[] {
  const changes: IncidentChange[] = [];
  const alarms = new Map<string, Judgement[]>();
  for (const judgement of judgements) {
    if (!judgement.alarm) continue;
    const place = `${judgement.dimension}|${judgement.value}`;
    alarms.set(place, [...(alarms.get(place) ?? []), judgement]);
  }
  for (const [place, found] of [...alarms].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const raised = found.sort(byStrength);
    const strongest = raised[0];
    if (!strongest) continue;
    const beyond = Math.max(...raised.map(({ observed, expected }) => observed - expected));
    let incident = places.get(place);
    if (!incident) {
      const { dimension, value, window } = strongest;
      const since = tick - window * HOUR_MS;
      const id = digest(`${place}|${tick}`);
      incident = { id, dimension, value, since, lastAlarm: tick, excess: beyond, saidSize: beyond };
      places.set(place, incident);
      changes.push({ incident: { ...incident }, change: "opened", strongest, alarms: raised });
      continue;
    }
    incident.lastAlarm = tick;
    // Windows overlap from hour to hour: only the share of one hour is new.
    incident.excess = Math.max(beyond, incident.excess + Math.max(...raised.map(share)));
    if (incident.excess >= GROWTH * incident.saidSize) {
      incident.saidSize = incident.excess;
      changes.push({ incident: { ...incident }, change: "grew", strongest, alarms: raised });
    }
  }
  for (const [place, incident] of [...places].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (tick - incident.lastAlarm < resolveAfter) continue;
    places.delete(place);
    changes.push({ incident, change: "resolved", strongest: undefined, alarms: [] });
  }
  return changes;
}

/** The least probable first; a total order, since the judgements come in whatever order the store counted. */
const byStrength = (a: Judgement, b: Judgement): number =>
  a.pValue - b.pValue || a.window - b.window || (a.series < b.series ? -1 : 1);

const share = ({ observed, expected, window }: Judgement): number => (observed - expected) / window;
