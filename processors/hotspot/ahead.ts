import { discoveryLevel } from "../../forecasting/hotspot/discoveries.ts";
import { type DuePlace, type Foreseen, Foresight, upperTail } from "../../forecasting/hotspot/foresight.ts";
import { BUDGET_WEEKS, LEAST, threshold } from "../../forecasting/hotspot/page-budget.ts";
import { DAYS_AHEAD } from "../../forecasting/promise/due-ahead.ts";
import type { Store } from "../../infra/store/port.ts";
import { type Above, topOf } from "../shell/region-top.ts";
import type { Judgement } from "./judge.ts";
import type { HotspotPolicy } from "./policy.ts";
import { keyOf } from "./series.ts";

const DAY = 24;
const WEEK = 168;
const HOUR_MS = 3_600_000;
const DAY_MS = DAY * HOUR_MS;
/** Of the false pages allowed, what is foreseen may cause this share; what has happened the rest. */
export const FORESEEN_SHARE = 0.25;
/** Surprises a place and week above `LEAST` expected before any were seen: one judgement a day, of days that overlap. */
const PRIOR = 0.02;
/** Days of rows that can still matter. */
export const REACH_DAYS = 91;
/** While an incident is open, half the surprise that opened it keeps it so. */
const STAYS = 0.5;

export interface AheadRow {
  /** Start of the day, ms. */
  readonly at: number;
  readonly region: string;
  readonly days: number;
  readonly due: number;
  readonly open: number;
  readonly predicted: number;
}

/** What the promises of the coming days look like, as of the starts of days in [from, to), ms. */
export const readAhead = (store: Store, from: number, to: number): Promise<AheadRow[]> =>
  store.query<AheadRow>(
    `SELECT toFloat64(toUnixTimestamp64Milli(as_of)) AS at, toString(region) AS region, days_ahead AS days, due, open, predicted
     FROM promise_outlook FINAL
     WHERE as_of >= fromUnixTimestamp64Milli({from:Int64}) AND as_of < fromUnixTimestamp64Milli({to:Int64})
     ORDER BY as_of, region, days_ahead`,
    { from, to },
  );

/** What is kept beside the rows. */
export interface KeptAhead {
  readonly weeks: readonly (readonly number[])[];
  readonly strongest: readonly [string, number][];
}

/**
 * Judges, when a day begins, the orders that are predicted late in every region at the top, against what is usual of so
 * many due. Regions are judged together: trouble that hits many at once is believed sooner of each.
 */
export class AheadWatch {
  readonly #policy: HotspotPolicy;
  readonly #above: Above;
  readonly #foresight = new Foresight(DAYS_AHEAD);
  #rows = new Map<number, AheadRow[]>();
  #weeks: (readonly number[])[];
  #strongest: Map<string, number>;

  constructor(policy: HotspotPolicy, above: Above, kept?: KeptAhead) {
    this.#policy = policy;
    this.#above = above;
    this.#weeks = [...(kept?.weeks ?? [])];
    this.#strongest = new Map(kept?.strongest);
  }

  keep(): KeptAhead {
    return { weeks: this.#weeks, strongest: [...this.#strongest] };
  }

  take(rows: readonly AheadRow[]): void {
    for (const row of rows) {
      const day = this.#rows.get(row.at);
      if (day) day.push(row);
      else this.#rows.set(row.at, [row]);
    }
  }

  /** Goes through the days before `tick` that were taken and not judged: they only teach. */
  pass(tick: number): void {
    for (const at of [...this.#rows.keys()].sort((a, b) => a - b)) if (at < tick * HOUR_MS) this.#tell(at);
  }

  /**
   * @param tick    the hour at which a day begins
   * @param silent  whether anything in the hours [from, to) was not heard of: risks rise when nothing is told
   * @param isOpen  whether a place has an incident that what is foreseen is a part of
   */
  judge(
    tick: number,
    silent: (from: number, to: number) => boolean,
    isOpen: (series: string, region: string) => boolean,
  ): Judgement[] {
    this.pass(tick);
    const open = this.#tell(tick * HOUR_MS);
    const known = (day: number) => !silent((day - 1) * DAY, day * DAY);
    const limit = threshold(
      this.#weeks,
      open.size,
      FORESEEN_SHARE * this.#policy.falsePagesPerWeek,
      PRIOR * Math.max(1, open.size),
    );
    if (tick % WEEK === 0) this.#turn();
    if (!known(tick / DAY)) return [];
    const found = this.#foresight.judge(tick / DAY, known);
    for (const one of found) this.#remember(one);
    const alpha = discoveryLevel(
      found.map(({ pValue }) => pValue),
      Math.exp(-limit),
    );
    return found.map((one) => {
      const series = seriesOf(one.place);
      const level = isOpen(series, one.place) ? Math.max(alpha, Math.exp(-STAYS * limit)) : alpha;
      return this.#judgement(one, tick, level, open.get(one.place) as Counts);
    });
  }

  #tell(at: number): Map<string, Counts> {
    const places = new Map<string, DuePlace>();
    const open = new Map<string, Counts>();
    for (const { region, days, due, open: left, predicted } of this.#rows.get(at) ?? []) {
      const place = topOf(region, this.#above);
      let sums = places.get(place);
      if (!sums) {
        sums = { place, due: new Float64Array(DAYS_AHEAD), predicted: new Float64Array(DAYS_AHEAD) };
        places.set(place, sums);
      }
      sums.due[days] = (sums.due[days] as number) + due;
      sums.predicted[days] = (sums.predicted[days] as number) + predicted;
      const counts = open.get(place) ?? { open: 0, tomorrow: 0 };
      open.set(place, { open: counts.open + left, tomorrow: counts.tomorrow + (days === 0 ? predicted : 0) });
    }
    this.#rows.delete(at);
    this.#foresight.tell(Math.floor(at / DAY_MS), [...places.values()]);
    return open;
  }

  #turn(): void {
    this.#weeks = [...this.#weeks, [...this.#strongest.values()]].slice(-BUDGET_WEEKS);
    this.#strongest = new Map();
  }

  #remember({ place, predicted, pValue }: Foreseen): void {
    const q = Math.round(-1000 * Math.log(Math.max(pValue, 1e-300))) / 1000;
    if (q < LEAST || predicted < this.#policy.minCount) return;
    if (q > (this.#strongest.get(place) ?? 0)) this.#strongest.set(place, q);
  }

  #judgement(one: Foreseen, tick: number, alpha: number, { open, tomorrow }: Counts): Judgement {
    const { place, predicted, usual, variance, pValue } = one;
    const least = Math.max(this.#policy.minCount, this.#policy.minRatio * usual);
    const alarm = pValue <= alpha && predicted >= least;
    const observed = Math.round(predicted);
    let upper = Math.max(Math.ceil(least) - 1, Math.floor(usual));
    while (upperTail(upper + 1, usual, variance) > alpha) upper++;
    return {
      series: seriesOf(place),
      measure: "predicted_late",
      dimension: "region",
      value: place,
      type: "",
      window: DAY,
      tick,
      observed,
      expected: usual,
      upper: alarm ? Math.min(upper, observed - 1) : Math.max(upper, observed),
      pValue,
      alarm,
      ratio: one.ratio,
      events: one.events,
      // Scaled as the others are: by the observed over the expected this is what is predicted of tomorrow.
      next24: (tomorrow * usual) / Math.max(observed, 1e-6),
      ahead: { due: one.due, open, by: tick * HOUR_MS + DAYS_AHEAD * DAY_MS },
    };
  }
}

interface Counts {
  readonly open: number;
  readonly tomorrow: number;
}

export const isForeseen = (series: string): boolean => series.startsWith("predicted_late|");
const seriesOf = (region: string): string => keyOf("predicted_late", "region", region, "");
