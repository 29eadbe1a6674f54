import type { Store } from "../../infra/store/port.ts";
import type { BreachChange, IncidentChange } from "./page.ts";
import type { Input } from "./pager.ts";
import { CLOCKS } from "./policy.ts";

/** Incidents and breaches with a time in [from, to), in the one order that depends on nothing but them. */
export async function readInputs(store: Store, from: number, to: number): Promise<Input[]> {
  const [incidents, breaches] = [await readIncidents(store, from, to), await readBreaches(store, from, to)];
  return [...breaches, ...incidents].sort(inOrder);
}

/**
 * Where to cut [from, to) so that about `most` inputs lie before the cut: what is held in memory at a time, however long
 * the window is. What happens at one moment is never cut apart.
 */
export async function cutAt(store: Store, from: number, to: number, most: number): Promise<number> {
  const [beyond] = await store.query<{ at: number }>(
    `SELECT at FROM (
       SELECT toUnixTimestamp64Milli(i.at) AS at FROM incident_changes AS i
       WHERE i.at >= fromUnixTimestamp64Milli({from:Int64}) AND i.at < fromUnixTimestamp64Milli({to:Int64})
       UNION ALL
       SELECT toUnixTimestamp64Milli(f.at) AS at FROM finding_changes AS f
       WHERE kind IN {clocks:Array(String)}
         AND f.at >= fromUnixTimestamp64Milli({from:Int64}) AND f.at < fromUnixTimestamp64Milli({to:Int64}))
     ORDER BY at LIMIT 1 OFFSET {most:UInt32}`,
    { from, to, most, clocks: CLOCKS },
  );
  if (beyond === undefined) return to;
  return Math.max(beyond.at, from + 1);
}

const idOf = (input: Input): string => ("incidentId" in input ? `b${input.incidentId}` : `a${input.findingId}`);
const STEPS = ["opened", "grew", "ended", "resolved"];

function inOrder(a: Input, b: Input): number {
  if (a.at !== b.at) return a.at - b.at;
  const [x, y] = [idOf(a), idOf(b)];
  if (x !== y) return x < y ? -1 : 1;
  return STEPS.indexOf(a.change) - STEPS.indexOf(b.change);
}

const readIncidents = (store: Store, from: number, to: number) =>
  store.query<IncidentChange>(
    `SELECT incident_id AS incidentId, toUnixTimestamp64Milli(i.at) AS at, change, measure, dimension, value, type,
       toUnixTimestamp64Milli(i.since) AS since, observed, expected, p_value AS pValue, size, evidence
     FROM incident_changes AS i FINAL
     WHERE i.at >= fromUnixTimestamp64Milli({from:Int64}) AND i.at < fromUnixTimestamp64Milli({to:Int64})`,
    { from, to },
  );

const BREACH = `finding_id AS findingId, toUnixTimestamp64Milli(f.at) AS at, change, kind AS clock, region,
  toUnixTimestamp64Milli(ifNull(f.due, f.at)) AS due`;

const readBreaches = (store: Store, from: number, to: number) =>
  store.query<BreachChange>(
    `SELECT ${BREACH} FROM finding_changes AS f FINAL
     WHERE kind IN {clocks:Array(String)}
       AND f.at >= fromUnixTimestamp64Milli({from:Int64}) AND f.at < fromUnixTimestamp64Milli({to:Int64})`,
    { from, to, clocks: CLOCKS },
  );

/** Breaches that opened before a moment and had not ended by then. */
export const readOpenBreaches = (store: Store, before: number) =>
  store.query<BreachChange>(
    `SELECT ${BREACH} FROM finding_changes AS f FINAL
     WHERE kind IN {clocks:Array(String)} AND change = 'opened' AND f.at < fromUnixTimestamp64Milli({before:Int64})
       AND finding_id NOT IN (
         SELECT finding_id FROM finding_changes
         WHERE kind IN {clocks:Array(String)} AND change = 'ended' AND at < fromUnixTimestamp64Milli({before:Int64}))`,
    { before, clocks: CLOCKS },
  );
