import { digest } from "../../ingest/contracts/canonical.ts";
import type { Judgement } from "./judge.ts";

/** One cause at work in one place, while it lasts and for as long as it may open again. */
export interface Incident {
  readonly id: string;
  readonly dimension: string;
  readonly value: string;
  readonly measure: string;
  readonly type: string;
  /** Start of the window that first alarmed, ms. */
  readonly since: number;
  lastAlarm: number;
  /** Events beyond the expected since it opened. */
  excess: number;
  saidSize: number;
  /** Events beyond the expected in the strongest day's window now, and when it was last said. */
  level: number;
  saidLevel: number;
  saidAt: number;
  /** ms; undefined while it is open. */
  resolvedAt?: number | undefined;
  /** Series that alarmed, and places that are a part of it. */
  series: string[];
  parts: string[];
}

export const CHANGES = ["opened", "grew", "resolved", "shrank", "reopened"] as const;
export interface IncidentChange {
  readonly incident: Incident;
  readonly change: (typeof CHANGES)[number];
  readonly strongest: Judgement | undefined;
  readonly alarms: readonly Judgement[];
}

/** How incidents live. All in ms. */
export interface Lifetimes {
  readonly resolveAfter: number;
  readonly reopenWithin: number;
  /** Whether a series is judged only when a day begins: until the next one its silence is no calm. */
  readonly daily?: (series: string) => boolean;
  /** Time in [from, to) in which nothing could have been seen: it is no evidence of calm. */
  readonly silent: (from: number, to: number) => number;
  /** Whether what alarms in a place is for the most part what an open incident is about. */
  readonly belongs: (place: string, alarms: readonly Judgement[], incident: Incident) => boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** An incident is told again when it doubled, or what it adds halved: more often is noise. */
const GROWTH = 2;
const REST_MS = 12 * HOUR_MS;

const placeOf = ({ dimension, value }: { readonly dimension: string; readonly value: string }) =>
  `${dimension}|${value}`;

/**
 * Folds the judgements of one full hour into the incidents: one incident a cause, whatever alarms of it and wherever.
 * @param incidents  by place, open or over for less than they may reopen; changed in place
 * @param tick       ms
 */
export function foldIncidents(
  incidents: Map<string, Incident>,
  judgements: readonly Judgement[],
  tick: number,
  lives: Lifetimes,
): IncidentChange[] {
  const changes: IncidentChange[] = [];
  const note = (incident: Incident, change: IncidentChange["change"], alarms: readonly Judgement[]) => {
    incident.saidSize = Math.max(incident.saidSize, incident.excess);
    incident.saidLevel = incident.level;
    incident.saidAt = tick;
    changes.push({ incident: structuredClone(incident), change, strongest: alarms[0], alarms });
  };
  const homes = new Map<string, string>();
  for (const [place, { parts, resolvedAt }] of incidents) {
    if (resolvedAt === undefined) for (const part of parts) homes.set(part, place);
  }
  for (const [place, alarms] of inOrder(judgements)) {
    const strongest = alarms[0] as Judgement;
    let incident = incidents.get(place);
    const home =
      incidents.get(homes.get(place) ?? "") ?? (incident?.resolvedAt === undefined && incident ? incident : undefined);
    const within =
      home ??
      [...incidents.values()]
        .sort(bySize)
        .find((open) => open.resolvedAt === undefined && lives.belongs(place, alarms, open));
    const beyond = Math.max(...alarms.map(({ observed, expected }) => observed - expected));
    if (within && placeOf(within) !== place) {
      if (!within.parts.includes(place)) within.parts = [...within.parts, place].sort();
      within.lastAlarm = tick;
      within.series = [...new Set([...within.series, ...alarms.map(({ series }) => series)])].sort();
      continue;
    }
    const level = levelOf(alarms);
    if (!incident) {
      const { dimension, value, window, measure, type } = strongest;
      const since = tick - window * HOUR_MS;
      const first = { lastAlarm: tick, excess: beyond, saidSize: beyond, level, saidLevel: level, saidAt: tick };
      const series = [...new Set(alarms.map((one) => one.series))].sort();
      incident = {
        id: digest(`${place}|${tick}`),
        dimension,
        value,
        measure,
        type,
        since,
        ...first,
        series,
        parts: [],
      };
      incidents.set(place, incident);
      note(incident, "opened", alarms);
      continue;
    }
    incident.lastAlarm = tick;
    incident.level = level;
    incident.series = [...new Set([...incident.series, ...alarms.map(({ series }) => series)])].sort();
    // Windows overlap from hour to hour: only the share of one hour is new.
    incident.excess = Math.max(beyond, incident.excess + Math.max(...alarms.map(share)));
    if (incident.resolvedAt !== undefined) {
      incident.resolvedAt = undefined;
      note(incident, "reopened", alarms);
    } else if (incident.excess >= GROWTH * incident.saidSize) note(incident, "grew", alarms);
    else if (level <= incident.saidLevel / GROWTH && tick - incident.saidAt >= REST_MS)
      note(incident, "shrank", alarms);
    else if (level > incident.saidLevel) incident.saidLevel = level;
  }
  for (const [place, incident] of [...incidents].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { resolvedAt } = incident;
    if (resolvedAt !== undefined) {
      if (tick - resolvedAt > lives.reopenWithin) incidents.delete(place);
    } else if (tick - incident.lastAlarm - lives.silent(incident.lastAlarm, tick) >= restOf(incident, lives)) {
      incident.resolvedAt = tick;
      incident.level = 0;
      incident.parts = [];
      note(incident, "resolved", []);
    }
  }
  return changes;
}

/** Time without an alarm after which an incident is over. */
const restOf = ({ series }: Incident, { resolveAfter, daily = () => false }: Lifetimes): number =>
  series.some(daily) ? Math.max(resolveAfter, DAY_MS) : resolveAfter;

/** Alarms by place, each strongest first. Where parcels wait comes before where they are from or go to; then the largest. */
function inOrder(judgements: readonly Judgement[]): [string, Judgement[]][] {
  const places = new Map<string, Judgement[]>();
  for (const judgement of judgements) {
    if (!judgement.alarm) continue;
    const place = placeOf(judgement);
    places.set(place, [...(places.get(place) ?? []), judgement]);
  }
  for (const alarms of places.values()) alarms.sort(byStrength);
  const rank = (place: string) => (place.startsWith("hub|") ? 0 : 1);
  const size = (alarms: readonly Judgement[]) =>
    Math.max(...alarms.map(({ observed, expected }) => observed - expected));
  return [...places].sort(([a, x], [b, y]) => rank(a) - rank(b) || size(y) - size(x) || (a < b ? -1 : 1));
}

/** The least probable first; a total order, since the judgements come in whatever order the store counted. */
const byStrength = (a: Judgement, b: Judgement): number =>
  a.pValue - b.pValue || a.window - b.window || (a.series < b.series ? -1 : 1);

const bySize = (a: Incident, b: Incident): number => b.excess - a.excess || (a.id < b.id ? -1 : 1);

const share = ({ observed, expected, window }: Judgement): number => (observed - expected) / window;

/** Events beyond the expected a day, at the present pace. */
const levelOf = (alarms: readonly Judgement[]): number => 24 * Math.max(...alarms.map(share));
