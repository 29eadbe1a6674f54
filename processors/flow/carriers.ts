import { standardise } from "../../forecasting/allocation/standardise.ts";
import { allocate, probabilityOfBest } from "../../forecasting/allocation/weights.ts";
import type { Store } from "../../infra/store/port.ts";
import { type LaneRow, readCustoms, readOrders, readSync } from "./carrier-facts.ts";

/** One carrier in one region ("" for all), or one customs broker. Delays in hours, sync in seconds. */
export interface CarrierScore {
  readonly kind: "delivery" | "customs";
  readonly region: string;
  readonly carrier: string;
  readonly orders: number;
  readonly onTime: number;
  /** On time as it would be on everybody's lanes; with a 95 % interval. */
  readonly share: number;
  readonly lower: number;
  readonly upper: number;
  /** Probability of being the best of those compared; 0 for who shares no lane with another. */
  readonly best: number;
  /** Suggested share of new parcels on lanes that several serve. */
  readonly weight: number;
  readonly delayP50: number | null;
  readonly delayP90: number | null;
  readonly syncP50: number | null;
  readonly syncP90: number | null;
}

/** Fewer orders than this say nothing of a carrier in a region. */
const ENOUGH = 20;

/**
 * Carriers against each other, region by region, within lane and service; customs brokers against each other.
 * Orders count whose promise fell in [from, to), ms, with what was known before `to`.
 */
export async function compareCarriers(store: Store, from: number, to: number): Promise<CarrierScore[]> {
  const { lanes, delays } = await readOrders(store, from, to);
  const sync = lanes.length === 0 ? [] : await readSync(store, from, to);
  const customs = await readCustoms(store, from, to);
  const scores: CarrierScore[] = [];
  for (const region of [...new Set(["", ...lanes.map((lane) => lane.region)])].sort()) {
    const here = region === "" ? lanes : lanes.filter((lane) => lane.region === region);
    const find = <Row extends { readonly region: string; readonly carrier: string }>(
      rows: readonly Row[],
      carrier: string,
    ) => rows.find((row) => row.region === region && row.carrier === carrier);
    for (const score of scoresOf(here)) {
      const [late, told] = [find(delays, score.carrier), find(sync, score.carrier)];
      scores.push({
        ...score,
        kind: "delivery",
        region,
        delayP50: late?.p50 ?? null,
        delayP90: late?.p90 ?? null,
        syncP50: told?.p50 ?? null,
        syncP90: told?.p90 ?? null,
      });
    }
  }
  for (const score of scoresOf(customs)) {
    const row = customs.find(({ carrier }) => carrier === score.carrier);
    const delay = { delayP50: row?.p50 ?? null, delayP90: row?.p90 ?? null };
    scores.push({ ...score, ...delay, kind: "customs", region: "", syncP50: null, syncP90: null });
  }
  return scores;
}

type Score = Omit<CarrierScore, "kind" | "region" | "delayP50" | "delayP90" | "syncP50" | "syncP90">;

/** Those who share a lane are compared on the lanes that are shared; the others stand for themselves. */
function scoresOf(rows: readonly LaneRow[]): Score[] {
  const byStratum = new Map<string, Set<string>>();
  for (const { stratum, carrier } of rows) {
    byStratum.set(stratum, (byStratum.get(stratum) ?? new Set<string>()).add(carrier));
  }
  const shared = (row: LaneRow) => (byStratum.get(row.stratum)?.size ?? 0) > 1;
  const volume = new Map<string, number>();
  const contested = new Map<string, number>();
  for (const row of rows) {
    volume.set(row.carrier, (volume.get(row.carrier) ?? 0) + row.n);
    if (shared(row)) contested.set(row.carrier, (contested.get(row.carrier) ?? 0) + row.n);
  }
  const compared = (carrier: string) => (contested.get(carrier) ?? 0) >= ENOUGH;
  const cellsOf = (those: readonly LaneRow[]) =>
    those.map(({ stratum, carrier, n, good }) => ({ stratum, candidate: carrier, n, good }));
  const standings = standardise(cellsOf(rows.filter((row) => shared(row) && compared(row.carrier))));
  const contenders = standings.map((standing) => ({ ...standing, volume: contested.get(standing.candidate) ?? 0 }));
  const [best, weights] = [probabilityOfBest(contenders), contenders.length > 0 ? allocate(contenders) : []];
  const places = new Map(standings.map(({ candidate }, i) => [candidate, i]));
  return [...volume]
    .filter(([, n]) => n >= ENOUGH)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([carrier, orders]) => {
      const i = places.get(carrier);
      const own = rows.filter((row) => row.carrier === carrier);
      const standing = i === undefined ? standardise(cellsOf(own))[0] : standings[i];
      if (!standing) return [];
      const { share, lower, upper } = standing;
      const onTime = own.reduce((sum, { good }) => sum + good, 0);
      const chances = i === undefined ? { best: 0, weight: 0 } : { best: best[i] ?? 0, weight: weights[i] ?? 0 };
      return [{ carrier, orders, onTime, share, lower, upper, ...chances }];
    });
}

/** A row of carrier_scores. @param at  ms */
export const scoreRow = (score: CarrierScore, at: number): object => ({
  at,
  kind: score.kind,
  region: score.region,
  carrier: score.carrier,
  orders: score.orders,
  on_time: score.onTime,
  share: score.share,
  lower: score.lower,
  upper: score.upper,
  best: score.best,
  weight: score.weight,
  delay_p50: score.delayP50,
  delay_p90: score.delayP90,
  sync_p50: score.syncP50,
  sync_p90: score.syncP90,
});
