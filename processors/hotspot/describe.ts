import { type Explanation, findCauses } from "../../forecasting/causes/find.ts";
import { nameOf } from "../../forecasting/causes/table.ts";
import type { Store } from "../../infra/store/port.ts";
import { readCells } from "./cells.ts";
import type { IncidentChange } from "./incidents.ts";
import type { Judgement } from "./judge.ts";
import type { Measure } from "./measures.ts";
import type { HotspotPolicy } from "./policy.ts";
import { remedyFor } from "./remedy.ts";
import type { Scope } from "./scope.ts";
import { type Failing, readFailing, readSizes } from "./sizes.ts";

export interface Context {
  /** ms */
  readonly tick: number;
  /** All of the hour. */
  readonly judgements: readonly Judgement[];
  /** Surprise that made an alarm, -log p. */
  readonly threshold: number;
  readonly above: (region: string) => string | undefined;
  /** Region codes within a region, as far as they were heard of. */
  readonly within: (region: string) => readonly string[];
  readonly policy: HotspotPolicy;
  readonly policyVersion: string;
}

/** What is foreseen is found at a day's start, of orders that were warned of before it. */
const LOOKED_BACK: { readonly [M in Measure]?: number } = { predicted_late: 7 * 86_400_000 };
const EVIDENCE_PLACES = 5;
const ALARMS = 8;

/** The row of a step of an incident: what alarmed, how much it touches, what drives it, and what would help. */
export async function describe(store: Store, step: IncidentChange, context: Context): Promise<object> {
  const { incident, change, strongest, alarms } = step;
  const { tick } = context;
  const scope: Scope = {
    dimension: incident.dimension,
    value: incident.value,
    regions: incident.dimension === "region" ? context.within(incident.value) : [],
  };
  const asked = change === "opened" || change === "grew" || change === "reopened";
  const measure = (strongest?.measure ?? incident.measure) as Measure;
  const { since } = incident;
  const [sizes, causes, failing] = await Promise.all([
    readSizes(store, scope, since, tick),
    asked ? causesOf(store, measure, scope, Math.min(since, tick - (LOOKED_BACK[measure] ?? 0)), tick) : undefined,
    asked && measure === "complaints" ? readFailing(store, scope, since, tick) : undefined,
  ]);
  const drivers = (causes?.drivers ?? []).map(shown);
  const type = strongest?.type ?? incident.type;
  return {
    incident_id: incident.id,
    at: tick,
    change,
    measure: strongest?.measure ?? incident.measure,
    dimension: incident.dimension,
    value: incident.value,
    type,
    since: incident.since,
    observed: strongest?.observed ?? 0,
    expected: strongest?.expected ?? 0,
    p_value: strongest?.pValue ?? 1,
    size: Math.max(0, Math.round(incident.excess)),
    evidence: JSON.stringify(evidenceOf(step, context, causes, failing)),
    ...sizes,
    next24: round(nextDay(alarms)),
    failing_since: failing?.since ?? null,
    causes: drivers.length > 0 ? JSON.stringify(drivers) : "",
    remedy: asked ? remedyFor({ measure, dimension: incident.dimension, type, drivers }) : "",
    policy: context.policyVersion,
  };
}

async function causesOf(store: Store, measure: Measure, scope: Scope, since: number, to: number): Promise<Explanation> {
  const { cells, exposures } = await readCells(store, measure, scope, since, to);
  // The incident's own place holds all of it: it explains nothing.
  const others = cells.map((cell) => {
    const { [scope.dimension]: place = "", ...dims } = cell.dims;
    return scope.dimension === "region" && scope.regions.length > 1
      ? { ...cell, dims: { ...dims, region: place } }
      : { ...cell, dims };
  });
  return findCauses(others, exposures);
}

const shown = ({ where, share, low, high, observed, expected, same }: Explanation["drivers"][number]) => ({
  name: nameOf(where),
  share: round(share),
  low: round(low),
  high: round(high),
  observed,
  expected: round(expected),
  ...(same.length > 0 ? { same } : {}),
});

/** Everything `explain` needs to say why, and what would have kept it silent. */
function evidenceOf(
  { incident, alarms }: IncidentChange,
  { judgements, threshold, above, policy }: Context,
  causes: Explanation | undefined,
  failing: Failing | undefined,
): object {
  const measure = alarms[0]?.measure;
  const within = judgements
    .filter((one) => one.dimension === "region" && one.measure === measure && above(one.value) === incident.value)
    .sort((a, b) => b.observed - b.expected - (a.observed - a.expected) || (a.series < b.series ? -1 : 1))
    .slice(0, EVIDENCE_PLACES);
  return {
    alarms: alarms.slice(0, ALARMS).map(judged),
    within: within.map(judged),
    parts: incident.parts,
    rule: {
      alpha: Math.exp(-threshold),
      falsePagesPerWeek: policy.falsePagesPerWeek,
      minCount: policy.minCount,
      minRatio: policy.minRatio,
    },
    ...(causes ? { excess: { observed: causes.observed, expected: round(causes.expected) } } : {}),
    ...(failing ? { toCome: failing.toCome } : {}),
  };
}

const judged = (one: Judgement) => ({
  measure: one.measure,
  dimension: one.dimension,
  value: one.value,
  type: one.type,
  hours: one.window,
  observed: one.observed,
  expected: round(one.expected),
  upper: one.upper,
  pValue: one.pValue,
  ratio: round(one.ratio),
  events: Math.round(one.events),
  ...(one.ahead ? { ahead: one.ahead } : {}),
});

/** Events of the next 24 hours if it goes on as it does: the longest window of the strongest series speaks for its pace. */
function nextDay(alarms: readonly Judgement[]): number {
  const [strongest] = alarms;
  if (!strongest) return 0;
  const same =
    alarms.filter(({ series }) => series === strongest.series).sort((a, b) => b.window - a.window)[0] ?? strongest;
  return (same.next24 * same.observed) / Math.max(same.expected, 1e-6);
}

const round = (x: number): number => Math.round(x * 1000) / 1000;
