import type { Store } from "../../infra/store/port.ts";
import type { Follower } from "../shell/follow.ts";
import { topOf } from "../shell/region-top.ts";
import { collectRows, writeRows } from "../shell/writer.ts";
import { compareCarriers, scoreRow } from "./carriers.ts";
import { advance, type Running, recount, resume, type Saved, save } from "./fold.ts";
import { changeRow, type Open, type Said } from "./incident.ts";
import type { Memory } from "./memory.ts";
import { type Movement, movements, placeOf } from "./movements.ts";
import { readStalls, type Stall } from "./parcels.ts";
import type { FlowPolicy } from "./policy.ts";
import { FORGOTTEN, PAST } from "./series.ts";
import { readSteps, type Step } from "./steps.ts";

const HOUR_MS = 3_600_000;
/** Hours read together: what is held in memory at a time, however long the window is. */
const CHUNK = 168;
/** Carriers are compared on Sundays at noon UTC, over four weeks: the router has it for the week to come. */
const SCORED = 3 * 24 + 12;
const SCORED_MS = 28 * 24 * HOUR_MS;
/** Hours back in which a stall may have been said that an incident explains. */
const STALLS_BACK = 14 * 24;

export interface FlowOptions {
  readonly store: Store;
  readonly policy: FlowPolicy;
  /** The watched region above a region, or undefined at the top. */
  readonly above: (region: string) => string | undefined;
  /** Whether carriers keep a public holiday at a time, ms. */
  readonly holiday?: (at: number) => boolean;
}

/**
 * Watches how parcels flow and whether data comes, hour by hour of what became known. Counts are read again when it
 * starts; what it concluded is in its state.
 */
export function createFlow({ store, policy, above, holiday = () => false }: FlowOptions): Follower {
  let saved: Saved | undefined;
  let text = "";
  let running: Running | undefined;
  const top = (region: string) => topOf(region, above);

  const start = (state: Saved) => resume(state, policy, (hour) => holiday(hour * HOUR_MS));

  async function read(from: number, to: number): Promise<{ steps: Step[]; byHour: Map<number, Movement[]> }> {
    const steps = await readSteps(store, from * HOUR_MS, to * HOUR_MS);
    const byHour = new Map<number, Movement[]>();
    for (const movement of movements(steps, from * HOUR_MS, top)) {
      const hour = byHour.get(movement.hour);
      if (hour) hour.push(movement);
      else byHour.set(movement.hour, [movement]);
    }
    return { steps, byHour };
  }

  /** Counts the hours before `next` again; nothing is judged twice. */
  async function rebuild(state: Running, first: number): Promise<void> {
    const since = Math.max(first, state.next - PAST - FORGOTTEN);
    for (let from = since; from < state.next; from += CHUNK) {
      const to = Math.min(state.next, from + CHUNK);
      const { byHour } = await read(from, to);
      for (let hour = from; hour < to; hour += 1) recount(state, hour, byHour.get(hour) ?? [], since);
    }
  }

  async function scoreCarriers(at: number): Promise<void> {
    const scores = await compareCarriers(store, at - SCORED_MS, at);
    await store.insert(
      "carrier_scores",
      scores.map((score) => scoreRow(score, at)),
    );
  }

  async function goThrough(state: Running, from: number, to: number): Promise<void> {
    const { memory, regions } = state;
    const { steps, byHour } = await read(from, to);
    const stalls = await readStalls(store, (from - STALLS_BACK) * HOUR_MS, to * HOUR_MS, top);
    const rows = collectRows();
    for (const region of regionsOf(steps)) {
      if (regions.has(region)) continue;
      regions.add(region);
      rows.out("region_tops", { region, top: top(region) });
    }
    for (let hour = from; hour < to; hour += 1) {
      const { said, completeness } = advance(state, hour, byHour.get(hour) ?? [], policy);
      for (const [incident, stall] of explainedStalls(memory, said, stalls, hour)) {
        incident.parcels += 1;
        const { findingId, orderId } = stall;
        const at = (hour + 1) * HOUR_MS;
        rows.out("incident_parcels", { incident_id: incident.id, finding_id: findingId, order_id: orderId, at });
      }
      for (const change of said) {
        const now = memory.flow.get(placeOf(change.incident.dimension, change.incident.value));
        const silent = memory.silent.get(placeOf(change.incident.dimension, change.incident.value));
        const parcels = [now, silent].find((open) => open?.id === change.incident.id)?.parcels;
        const incident = { ...change.incident, parcels: parcels ?? change.incident.parcels };
        rows.out("incident_changes", changeRow({ ...change, incident }));
      }
      for (const row of completeness) rows.out("completeness", { ...row, at: (hour + 1) * HOUR_MS });
    }
    await writeRows(store, rows);
    for (let hour = from; hour < to; hour += 1)
      if ((hour + 1) % 168 === SCORED) await scoreCarriers((hour + 1) * HOUR_MS);
  }

  return {
    name: "flow",
    async start(_cursor, state) {
      running = undefined;
      text = state;
      saved = state === "" ? undefined : (JSON.parse(state) as Saved);
    },
    async step({ to }) {
      const end = Math.ceil(to / HOUR_MS) - 1;
      if (saved && end <= saved.next) return text;
      if (!running) {
        const first = await firstKnown(store, to);
        if (first === undefined) return text;
        const began = Math.floor(first / HOUR_MS);
        running = start(saved ?? { next: began, watched: [], flow: [], silent: [], masks: [] });
        await rebuild(running, began);
      }
      while (running.next < end) await goThrough(running, running.next, Math.min(end, running.next + CHUNK));
      saved = save(running);
      text = JSON.stringify(saved);
      return text;
    },
  };
}

/** Stalls that an open incident of their place explains: all since it began when it opens, then those of each hour. */
function* explainedStalls(
  { flow, silent }: Memory,
  said: readonly Said[],
  stalls: readonly Stall[],
  hour: number,
): Generator<[Open, Stall]> {
  if (flow.size + silent.size === 0) return;
  const fresh = new Set(said.filter(({ change }) => change === "opened").map(({ incident }) => incident.id));
  for (const stall of stalls) {
    if (stall.at >= (hour + 1) * HOUR_MS) continue;
    for (const places of [flow, silent]) {
      for (const place of stall.places) {
        const incident = places.get(place);
        if (!incident || incident.change === "surge") continue;
        if (stall.at >= (fresh.has(incident.id) ? incident.since : hour) * HOUR_MS) yield [incident, stall];
      }
    }
  }
}

function regionsOf(steps: readonly Step[]): Set<string> {
  const regions = new Set<string>();
  for (const { region, origin, destination } of steps) {
    for (const code of [region, origin, destination]) if (code !== "") regions.add(code);
  }
  return regions;
}

/** Since when anything is known, ms; undefined while nothing is. */
async function firstKnown(store: Store, to: number): Promise<number | undefined> {
  const [row] = await store.query<{ at: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM order_events
     WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) HAVING count() > 0`,
    { to },
  );
  return row?.at;
}
