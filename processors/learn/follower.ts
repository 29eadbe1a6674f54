import { type Calendar, rhythmOf } from "../../forecasting/dwell/calendar.ts";
import { fitStage, type StageNorm } from "../../forecasting/dwell/norm.ts";
import type { Store } from "../../infra/store/port.ts";
import { canonical, digest } from "../../ingest/contracts/canonical.ts";
import type { Follower } from "../shell/follow.ts";
import { NORM_STAGES, type NormBody, type NormStage } from "../shell/norms.ts";
import { topOf } from "../shell/region-top.ts";
import type { LearnPolicy } from "./policy.ts";
import { readRhythms, readWaits } from "./waits.ts";

export interface LearnOptions {
  readonly store: Store;
  readonly policy: LearnPolicy;
  readonly calendar: Calendar;
  /** The watched region above a region, or undefined at the top. */
  readonly above: (region: string) => string | undefined;
}

/**
 * Learns what is normal: a version for every boundary of event time, from the facts known a while before it. Boundaries
 * are multiples of `every` since 1970, so that any cut of time into steps gives the same versions.
 */
export function createLearn({ store, policy, calendar, above }: LearnOptions): Follower {
  const { every, lag } = policy;
  const top = (region: string) => topOf(region, above);
  /** Once something is known, nothing earlier will be. */
  let begins: number | undefined;
  return {
    name: "learn",
    async start() {
      begins = undefined;
    },
    async step({ from, to }) {
      if (every === "off") return undefined;
      if (Math.floor((to + lag) / every) <= Math.floor((from + lag) / every)) return undefined;
      begins ??= await firstFact(store, to);
      const first = Math.max(from, begins ?? to);
      // In force from B is what was known before B - lag: it is stored once the frontier is there.
      for (let at = (Math.floor((first + lag) / every) + 1) * every; at - lag <= to; at += every) {
        await store.insert("norms", [await versionAt(at)]);
      }
      return undefined;
    },
  };

  async function versionAt(at: number): Promise<object> {
    const cutoff = at - lag;
    const span = { from: cutoff - policy.window, cutoff };
    const rhythms = await readRhythms(store, span, calendar, rhythmOf);
    const waits = await readWaits(store, span, calendar, rhythms);
    const stages: Partial<Record<NormStage, StageNorm>> = {};
    let total = 0;
    for (const stage of NORM_STAGES) {
      const { samples, weekdays } = waits.get(stage) ?? { samples: [], weekdays: [] };
      const norm = fitStage(samples, weekdays, { ...policy, above: top });
      if (norm === undefined) continue;
      stages[stage] = norm;
      if (stage !== "way") total += norm.n;
    }
    const body: NormBody = { stages, rhythms, atLeast: policy.atLeast };
    const text = canonical(body);
    return { in_force_from: at, learned_to: cutoff, version: digest(text).slice(0, 12), waits: total, body: text };
  }
}

async function firstFact(store: Store, to: number): Promise<number | undefined> {
  const [row] = await store.query<{ at: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(known_at))) AS at FROM order_events
     WHERE known_at < fromUnixTimestamp64Milli({to:Int64}) HAVING count() > 0`,
    { to },
  );
  return row?.at;
}
