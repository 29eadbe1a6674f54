import { SparseHours } from "../../forecasting/hotspot/sparse-hours.ts";
import { type Above, topOf } from "../shell/region-top.ts";
import type { Dimension, EventRow, Exposure, ExposureRow, Measure } from "./measures.ts";

/** Events of one kind in one place. */
export interface Series {
  readonly key: string;
  readonly measure: Measure;
  readonly dimension: Dimension;
  readonly value: string;
  readonly type: string;
  /** The law it follows, and what it is out of. */
  readonly law: string;
  readonly exposure: string;
  readonly counts: SparseHours;
}

export const keyOf = (measure: string, dimension: string, value: string, type: string): string =>
  [measure, dimension, value, type].join("|");

/** Complaint types about what is in the parcel: no stall explains them. */
const GOODS: ReadonlySet<string> = new Set([
  "goods",
  "not_as_described",
  "defective",
  "counterfeit",
  "wrong_item",
  "missing_item",
]);

const sameTop = ({ stalled, region }: EventRow, above: Above): boolean =>
  stalled.startsWith("region|") && topOf(stalled.slice("region|".length), above) === topOf(region, above);

/** Where an event counts, what it is there out of, and by which of its lags. */
interface Membership {
  readonly dimension: Dimension;
  readonly value: string;
  readonly type: string;
  readonly exposure: Exposure;
  readonly lag: number;
}

/**
 * The series an event counts in. Stalls are told apart by stage, since each stage has its own exposure; complaints count
 * for their type and for all types together (type ""). A parcel that stalls before pick-up is out of the merchant's
 * hands and no fault of a carrier; one on the road is no fault of a hub. What comes of a stall is counted as that stall,
 * and beside it only in the region it stands still in: one jammed hub would else alarm in every category and carrier.
 */
export function membershipsOf(row: EventRow, above: Above): Membership[] {
  const out: Membership[] = [];
  const add = (dimension: Dimension, value: string, exposure: Exposure, lag = row.lag, type = row.type) => {
    if (value !== "") out.push({ dimension, value, type, exposure, lag });
  };
  const { measure, type: stage } = row;
  if (measure === "stalls") {
    if (stage === "hub") {
      add("hub", row.hub, "arrived");
      add("region", row.region, "arrived");
    } else if (stage === "customs") add("region", row.region, "customs");
    else {
      add("region", row.region, "placed");
      if (stage === "pickup") add("merchant", row.merchant, "placed");
      else if (row.pickedLag >= 0) add("carrier", row.carrier, "picked", row.pickedLag);
    }
    return out;
  }
  if (measure === "slow") {
    add("region", row.region, "halfway");
    add("merchant", row.merchant, "halfway");
    return out;
  }
  const exposure = measure === "late" ? "due" : "placed";
  const explained = row.stalled !== "" && !GOODS.has(row.type);
  const home = !explained || sameTop(row, above);
  for (const type of row.type === "" ? [""] : ["", row.type]) {
    if (home) add("region", row.region, exposure, row.lag, type);
    if (explained) continue;
    add("merchant", row.merchant, exposure, row.lag, type);
    add("category", row.category, exposure, row.lag, type);
    if (measure === "complaints" && row.pickedLag >= 0) add("carrier", row.carrier, "picked", row.pickedLag, type);
  }
  return out;
}

/** Counts of everything, as they are known so far. */
export class Book {
  readonly series = new Map<string, Series>();
  readonly exposures = new Map<string, SparseHours>();
  /** Of each law: all its events by hour, and by day and lag. */
  readonly pooled = new Map<
    string,
    { readonly counts: SparseHours; readonly lags: Map<number, Map<number, number>> }
  >();
  readonly #above: Above;

  /** @param above  the region above a region, or undefined at the top level that is watched: it counts what lies in it */
  constructor(above: Above) {
    this.#above = above;
  }

  /** @returns the series that changed */
  event(row: EventRow): Series[] {
    const changed: Series[] = [];
    const laws = new Set<string>();
    for (const one of membershipsOf(row, this.#above)) {
      const law = `${row.measure}|${one.type}|${one.exposure}`;
      if (!laws.has(law)) this.#pool(law, row, one.lag);
      laws.add(law);
      for (const value of this.#upwards(one.dimension, one.value)) {
        const key = keyOf(row.measure, one.dimension, value, one.type);
        let series = this.series.get(key);
        if (!series) {
          const { dimension, type } = one;
          const exposure = `${one.exposure}|${dimension}|${value}`;
          series = { key, measure: row.measure, dimension, value, type, law, exposure, counts: new SparseHours() };
          this.series.set(key, series);
        }
        series.counts.add(row.hour, row.n);
        changed.push(series);
      }
    }
    return changed;
  }

  exposed({ exposure, dimension, value, hour, n }: ExposureRow): void {
    for (const at of this.#upwards(dimension, value)) this.#hours(`${exposure}|${dimension}|${at}`).add(hour, n);
    // One dimension stands for all, so that nothing counts twice in the common rate.
    if (dimension === (exposure === "arrived" ? "hub" : exposure === "picked" ? "carrier" : "region")) {
      this.#hours(exposure).add(hour, n);
    }
  }

  /** Region codes heard of that lie within a region, itself included. */
  within(region: string): string[] {
    const found = new Set([region]);
    for (const key of this.exposures.keys()) {
      const [, dimension, value = ""] = key.split("|");
      if (dimension === "region" && [...this.#upwards("region", value)].includes(region)) found.add(value);
    }
    for (const { dimension, value } of this.series.values()) {
      if (dimension === "region" && [...this.#upwards("region", value)].includes(region)) found.add(value);
    }
    return [...found].sort();
  }

  /** Drops hours before `hour`, and series nothing is left of. */
  forget(hour: number): void {
    for (const hours of this.exposures.values()) hours.forget(hour);
    for (const { counts, lags } of this.pooled.values()) {
      counts.forget(hour);
      for (const day of lags.keys()) if (day * 24 + 24 <= hour) lags.delete(day);
    }
    for (const [key, { counts }] of this.series) {
      counts.forget(hour);
      if (counts.sum(0, Number.MAX_SAFE_INTEGER) === 0) this.series.delete(key);
    }
  }

  #pool(law: string, row: EventRow, lag: number): void {
    let pooled = this.pooled.get(law);
    if (!pooled) {
      pooled = { counts: new SparseHours(), lags: new Map() };
      this.pooled.set(law, pooled);
    }
    pooled.counts.add(row.hour, row.n);
    const day = Math.floor(row.hour / 24);
    const lags = pooled.lags.get(day) ?? new Map<number, number>();
    lags.set(lag, (lags.get(lag) ?? 0) + row.n);
    pooled.lags.set(day, lags);
  }

  #hours(key: string): SparseHours {
    let hours = this.exposures.get(key);
    if (!hours) {
      hours = new SparseHours();
      this.exposures.set(key, hours);
    }
    return hours;
  }

  *#upwards(dimension: Dimension, value: string): Generator<string> {
    for (
      let at: string | undefined = value;
      at !== undefined;
      at = dimension === "region" ? this.#above(at) : undefined
    ) {
      yield at;
    }
  }
}
