import type { Store } from "../../infra/store/port.ts";
import type { Follower } from "../shell/follow.ts";
import { collectRows, writeRows } from "../shell/writer.ts";
import { withoutExplained } from "./explain.ts";
import { foldIncidents, type Incident, type IncidentChange } from "./incidents.ts";
import { type Judgement, judge } from "./judge.ts";
import { type CountRow, readCounts } from "./measures.ts";
import type { HotspotPolicy } from "./policy.ts";
import { buildSeries } from "./series.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;

/**
 * Judges every full hour once everything before it is known, and keeps the incidents.
 * @param above  the watched region above a region, or undefined when it is at the top
 */
export function createHotspot(options: {
  readonly store: Store;
  readonly policy: HotspotPolicy;
  readonly above: (region: string) => string | undefined;
}): Follower {
  const { store, policy, above } = options;
  let places = new Map<string, Incident>();
  const memory = policy.weeks * WEEK_MS + policy.exposure + Math.max(...policy.windows);

  return {
    name: "hotspot",
    async start(_cursor, state) {
      places = new Map(state === "" ? [] : (JSON.parse(state) as [string, Incident][]));
    },
    async step({ from, to }) {
      const since = await firstKnown(store, to);
      const ticks = fullHours(Math.max(from, since), to);
      const last = ticks.at(-1);
      if (ticks[0] !== undefined && last !== undefined) {
        const start = Math.floor((ticks[0] - memory) / HOUR_MS);
        const counts = await readCounts(store, start * HOUR_MS, last);
        const series = buildSeries(counts, start, last / HOUR_MS, above);
        const home = homesOf(counts, above);
        const rows = collectRows();
        for (const tick of ticks) {
          const judgements = judge(series, tick / HOUR_MS, Math.ceil(since / HOUR_MS), policy);
          for (const judgement of judgements) if (keep(judgement)) rows.out("judgements", judgementRow(judgement));
          // Incidents speak of places people are in charge of: the regions at the top, hubs and carriers.
          const top = judgements.filter(({ dimension, value }) => dimension !== "region" || above(value) === undefined);
          for (const change of foldIncidents(places, withoutExplained(top, home), tick, policy.resolveAfter)) {
            rows.out("incident_changes", changeRow(change, tick, judgements, above));
          }
        }
        await writeRows(store, rows);
      }
      return JSON.stringify([...places]);
    },
  };
}

/** The watched region of every hub that had stalls. */
function homesOf(counts: readonly CountRow[], above: (region: string) => string | undefined): Map<string, string> {
  const top = (region: string): string => {
    const parent = above(region);
    return parent === undefined ? region : top(parent);
  };
  return new Map(
    counts.flatMap(({ dimension, value, within }) => (dimension === "hub" && within ? [[value, top(within)]] : [])),
  );
}

/** Full hours in [from, to), ms. */
function fullHours(from: number, to: number): number[] {
  const hours: number[] = [];
  for (let tick = Math.ceil(from / HOUR_MS) * HOUR_MS; tick < to; tick += HOUR_MS) hours.push(tick);
  return hours;
}

/** Since when anything is known, ms: before it silence means nothing. It does not move as more becomes known. */
async function firstKnown(store: Store, to: number): Promise<number> {
  const [row] = await store.query<{ at: number | null }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM order_events
     WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) HAVING count() > 0`,
    { to },
  );
  return row?.at ?? to;
}

/** One window is kept for the boards, and every alarm as evidence. */
const keep = (judgement: Judgement): boolean =>
  judgement.alarm || (judgement.window === 24 && judgement.tick % 6 === 0);

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

const EVIDENCE_PLACES = 5;

function changeRow(
  { incident, change, strongest, alarms }: IncidentChange,
  tick: number,
  judgements: readonly Judgement[],
  above: (region: string) => string | undefined,
): object {
  const within = judgements
    .filter(
      ({ dimension, value, measure }) =>
        dimension === "region" && measure === strongest?.measure && above(value) === incident.value,
    )
    .sort((a, b) => b.observed - b.expected - (a.observed - a.expected) || (a.series < b.series ? -1 : 1))
    .slice(0, EVIDENCE_PLACES);
  const show = ({ measure, value, type, window, observed, expected, upper, pValue }: Judgement) => ({
    measure,
    value,
    type,
    hours: window,
    observed,
    expected: round(expected),
    upper,
    pValue,
  });
  return {
    incident_id: incident.id,
    at: tick,
    change,
    measure: strongest?.measure ?? "",
    dimension: incident.dimension,
    value: incident.value,
    type: strongest?.type ?? "",
    since: incident.since,
    observed: strongest?.observed ?? 0,
    expected: strongest?.expected ?? 0,
    p_value: strongest?.pValue ?? 1,
    size: Math.round(incident.excess),
    evidence: JSON.stringify({ alarms: alarms.map(show), within: within.map(show) }),
  };
}

const round = (x: number): number => Math.round(x * 100) / 100;
