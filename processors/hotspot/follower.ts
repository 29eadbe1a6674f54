import type { Store } from "../../infra/store/port.ts";
import type { Follower } from "../shell/follow.ts";
import { collectRows, writeRows } from "../shell/writer.ts";
import { AheadWatch, isForeseen, type KeptAhead, REACH_DAYS, readAhead } from "./ahead.ts";
import { belongsTo, hubOf } from "./belongs.ts";
import { describe } from "./describe.ts";
import { foldIncidents, type Incident } from "./incidents.ts";
import { BOARD, type Judgement } from "./judge.ts";
import { reachOf } from "./laws.ts";
import { type EventRow, type ExposureRow, readFacts } from "./measures.ts";
import type { HotspotPolicy } from "./policy.ts";
import { queue } from "./queue.ts";
import { type Kept, Watch } from "./watch.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface HotspotOptions {
  readonly store: Store;
  readonly policy: HotspotPolicy;
  /** Names the policy in what it decides. */
  readonly policyVersion: string;
  /** The watched region above a region, or undefined when it is at the top. */
  readonly above: (region: string) => string | undefined;
}

interface Saved {
  readonly since: number;
  readonly incidents: readonly [string, Incident][];
  readonly kept: Kept;
  readonly ahead?: KeptAhead;
}

/** Judges every full hour once everything before it is known, and keeps the incidents. */
export function createHotspot({ store, policy, policyVersion, above }: HotspotOptions): Follower {
  const reach = reachOf(policy.weeks);
  let incidents = new Map<string, Incident>();
  let watch = new Watch(policy, above);
  let ahead = new AheadWatch(policy, above);
  let since: number | undefined;
  /** State after the last full hour, and the moment up to which facts are read. */
  let said = "";
  let read = 0;
  const pending = { events: queue<EventRow>(), exposures: queue<ExposureRow>() };

  /** Takes what became known before the hour `tick` and was not taken yet. */
  function take(tick: number, learn: boolean): void {
    for (let hour = nextKnown(); hour < tick; hour = nextKnown()) {
      // Days that begin on the way are turned to, so that what waits for one is taken then.
      if (!learn) turnTo(hour);
      watch.take(pending.events.take(hour), pending.exposures.take(hour));
    }
    if (!learn) turnTo(tick);
  }
  const nextKnown = () => Math.min(pending.events.next(), pending.exposures.next());
  function foresee(hour: number): Judgement[] {
    const silent = (start: number, end: number) => watch.silentHours(start, end) > 0;
    const isOpen = (series: string, region: string) => {
      const incident = incidents.get(`region|${region}`);
      return incident !== undefined && incident.resolvedAt === undefined && incident.series.includes(series);
    };
    return ahead.judge(hour, silent, isOpen);
  }
  let turned = 0;
  function turnTo(hour: number): void {
    const day = Math.floor(hour / 24) * 24;
    if (day <= turned) return;
    turned = day;
    watch.turn(day, 0, false);
  }

  return {
    name: "hotspot",
    async start(cursor, state) {
      const parsed: unknown = state === "" ? undefined : JSON.parse(state);
      // An older version kept a list of places: it learns anew.
      const saved = Array.isArray(parsed) ? undefined : (parsed as Saved | undefined);
      incidents = new Map(saved?.incidents);
      watch = new Watch(policy, above, saved?.kept);
      ahead = new AheadWatch(policy, above, saved?.ahead);
      if (cursor > 0) ahead.take(await readAhead(store, Math.max(0, cursor - (REACH_DAYS + 1) * DAY_MS), cursor));
      since = saved?.since;
      turned = 0;
      said = state;
      read = cursor;
      const known = cursor > 0 ? await readFacts(store, 0, cursor, Math.max(0, cursor - reach * HOUR_MS)) : undefined;
      pending.events.set(known?.events ?? []);
      pending.exposures.set(known?.exposures ?? []);
      if (cursor > 0) take(Math.floor(cursor / HOUR_MS), false);
    },
    async step({ from, to }) {
      since ??= await firstKnown(store, to);
      const ticks = fullHours(Math.max(from, since ?? to), to);
      // Between two full hours nothing is judged: what became known is read with the next.
      if (since === undefined || ticks.length === 0) return said;
      const fresh = await readFacts(store, read, to, Math.max(0, read - reach * HOUR_MS));
      read = to;
      if (ticks.some((tick) => tick % DAY_MS === 0)) ahead.take(await readAhead(store, from, to));
      pending.events.set([...pending.events.rest(), ...fresh.events]);
      pending.exposures.set([...pending.exposures.rest(), ...fresh.exposures]);
      const first = Math.ceil(since / HOUR_MS);
      const rows = collectRows();
      for (const tick of ticks) {
        const hour = tick / HOUR_MS;
        take(hour, true);
        watch.turn(hour, first, true);
        if (hour % 168 === 0) watch.forget(hour - reach);
        const asked = new Set(
          [...incidents.values()].flatMap(({ series, resolvedAt }) => (resolvedAt === undefined ? series : [])),
        );
        const judgements = watch.judge(hour, first, asked, hour % BOARD === 0);
        if (tick % DAY_MS === 0) judgements.push(...foresee(hour));
        for (const judgement of judgements) if (keep(judgement)) rows.out("judgements", judgementRow(judgement));
        // Incidents speak of places people are in charge of: the regions at the top, hubs, carriers, merchants, categories.
        const top = judgements.filter(({ dimension, value }) => dimension !== "region" || above(value) === undefined);
        const recent = watch.recent(hour - 192, hour);
        const open = (place: string) => incidents.has(place) && incidents.get(place)?.resolvedAt === undefined;
        // What waits in one hub is for its hub to say, which may alarm some hours later than all of its region.
        const own = top.filter((one) => {
          const hub = one.alarm && !open(`region|${one.value}`) ? hubOf(one, recent, above) : undefined;
          return hub === undefined || open(`hub|${hub}`);
        });
        const changes = foldIncidents(incidents, own, tick, {
          resolveAfter: policy.resolveAfter,
          reopenWithin: policy.reopenWithin,
          daily: isForeseen,
          silent: (start, end) => watch.silentHours(start / HOUR_MS, end / HOUR_MS) * HOUR_MS,
          belongs: (place, alarms, incident) => belongsTo(place, alarms, incident, recent, above),
        });
        for (const change of changes) {
          const within = (region: string) => watch.within(region);
          const context = { tick, judgements, threshold: watch.threshold, above, within, policy, policyVersion };
          rows.out("incident_changes", await describe(store, change, context));
        }
      }
      await writeRows(store, rows);
      const saved: Saved = { since, incidents: [...incidents], kept: watch.keep(), ahead: ahead.keep() };
      said = JSON.stringify(saved);
      return said;
    },
  };
}

/** Full hours in [from, to), ms. */
function fullHours(from: number, to: number): number[] {
  const hours: number[] = [];
  for (let tick = Math.ceil(from / HOUR_MS) * HOUR_MS; tick < to; tick += HOUR_MS) hours.push(tick);
  return hours;
}

/** Since when anything is known, ms: before it silence means nothing. It does not move as more becomes known. */
async function firstKnown(store: Store, to: number): Promise<number | undefined> {
  const [row] = await store.query<{ at: number | null }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM order_events
     WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) HAVING count() > 0`,
    { to },
  );
  return row?.at ?? undefined;
}

/** One window is kept for the boards, and every alarm as evidence. */
const keep = ({ alarm, window, tick, dimension }: Judgement): boolean =>
  alarm || (window === 24 && tick % BOARD === 0 && dimension !== "merchant");

function judgementRow(judgement: Judgement): object {
  const { series, measure, dimension, value, type, observed, expected, upper, alarm } = judgement;
  return {
    series,
    measure,
    dimension,
    value,
    type,
    bucket_ms: judgement.window * HOUR_MS,
    at: (judgement.tick - judgement.window) * HOUR_MS,
    observed,
    expected,
    upper,
    p_value: judgement.pValue,
    alarm,
  };
}
