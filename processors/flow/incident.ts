import type { Change } from "../../forecasting/flow/evidence.ts";
import { digest } from "../../ingest/contracts/canonical.ts";
import type { Stage } from "./movements.ts";

export type Measure = "handover" | "throughput" | "silence";

/** An incident while it lasts: one a place for the flow of parcels, and one for that of data. Hours since 1970. */
export interface Open {
  readonly id: string;
  readonly measure: Measure;
  readonly dimension: string;
  readonly value: string;
  readonly stage: Stage;
  readonly change: Change;
  readonly since: number;
  readonly opened: number;
  /** Last hour that was not normal. */
  last: number;
  observed: number;
  expected: number;
  saidSize: number;
  /** Evidence for it when it opened, nats. */
  readonly score: number;
  /** Parcels known to stand still there. */
  parcels: number;
  /** Of data that is coming again: what came and what should have. */
  back: readonly [observed: number, expected: number] | undefined;
}

/** One step of an incident, at the end of an hour. */
export interface Said {
  readonly incident: Open;
  readonly change: "opened" | "grew" | "resolved";
  readonly hour: number;
  readonly waiting: number;
}

/** Made from what it is about: the same facts give the same name. */
export const incidentId = (measure: Measure, place: string, tick: number): string =>
  digest(`flow|${measure === "silence" ? "silence" : "flow"}|${place}|${tick}`);

export const measureOf = (stage: Stage): Measure =>
  stage === "scans" ? "silence" : stage === "handover" ? "handover" : "throughput";

/** Parcels or scans that are missing, or too many. */
export const sizeOf = ({ observed, expected }: Open): number => Math.round(Math.abs(expected - observed));

const HOUR_MS = 3_600_000;

/** A row of incident_changes. */
export function changeRow({ incident, change, hour, waiting }: Said): object {
  const { measure, dimension, value, stage, observed, expected, since, score, parcels, opened } = incident;
  return {
    incident_id: incident.id,
    at: (hour + 1) * HOUR_MS,
    change,
    measure,
    dimension,
    value,
    type: stage === "scans" ? "" : stage,
    since: since * HOUR_MS,
    observed: Math.max(0, Math.round(observed)),
    expected: Math.round(expected * 100) / 100,
    // What a sequential test of this score is wrong in at most.
    p_value: Math.min(1, Math.exp(-score)),
    size: sizeOf(incident),
    evidence: JSON.stringify({
      stage,
      change: incident.change,
      share: expected > 0 ? Math.round((1000 * observed) / expected) / 1000 : null,
      score: Math.round(score * 100) / 100,
      hours: hour + 1 - since,
      openedAfterHours: opened + 1 - since,
      waiting,
      parcels,
    }),
  };
}
