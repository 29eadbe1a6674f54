import { BUDGET_WEEKS, LEAST, threshold } from "../../forecasting/hotspot/page-budget.ts";
import { SparseHours } from "../../forecasting/hotspot/sparse-hours.ts";
import { FORESEEN_SHARE } from "./ahead.ts";
import { type Judgement, judge, type Levels } from "./judge.ts";
import { type Law, learnLaw } from "./laws.ts";
import type { EventRow, ExposureRow } from "./measures.ts";
import type { HotspotPolicy } from "./policy.ts";
import { Book, type Series } from "./series.ts";

const DAY = 24;
const WEEK = 168;
/** A day with less than this share of the usual orders was not heard of, where the usual is enough to tell. */
const SILENT = 0.05;
const USUAL = 20;
const USUAL_DAYS = 14;
/** Hours for which events are kept one by one. */
const RECENT = 9 * DAY;

/** What the detector keeps beside the facts: it is folded, and cannot be learned again from a part of them. */
export interface Kept {
  laws: [string, Law][];
  learned: number;
  unknown: number[];
  weeks: number[][];
  /** Strongest surprise by place in the week that runs. */
  strongest: [string, number][];
  threshold: number;
}

/** Folds facts, hour by hour in the order they became known, and judges what changed. */
export class Watch {
  readonly #policy: HotspotPolicy;
  #book: Book;
  #laws = new Map<string, Law>();
  #learned = 0;
  #unknown = new SparseHours();
  #unknownDays: number[] = [];
  #weeks: number[][] = [];
  #strongest = new Map<string, number>();
  #threshold: number;
  #levels: Levels = new Map();
  /** Facts told so late that the levels of the day rest on their place already: they wait for the next day. */
  #waiting: { readonly events: EventRow[]; readonly exposures: ExposureRow[] } = { events: [], exposures: [] };
  /** Events of the last days one by one, for what places have in common. */
  #recent: EventRow[] = [];
  #touched = new Map<string, { readonly series: Series; hour: number }>();

  constructor(policy: HotspotPolicy, above: (region: string) => string | undefined, kept?: Kept) {
    this.#policy = policy;
    this.#book = new Book(above);
    this.#threshold = threshold([], 1, pagesOfPast(policy));
    if (!kept) return;
    this.#laws = new Map(kept.laws);
    this.#learned = kept.learned;
    for (const day of kept.unknown) this.#silence(day);
    this.#weeks = kept.weeks;
    this.#strongest = new Map(kept.strongest);
    this.#threshold = kept.threshold;
  }

  /** What makes a page now, -log p. */
  get threshold(): number {
    return this.#threshold;
  }

  keep(): Kept {
    return {
      laws: [...this.#laws],
      learned: this.#learned,
      unknown: this.#unknownDays,
      weeks: this.#weeks,
      strongest: [...this.#strongest],
      threshold: this.#threshold,
    };
  }

  /** Takes what became known in one hour. */
  take(events: readonly EventRow[], exposures: readonly ExposureRow[]): void {
    for (const row of exposures) {
      if (tooLate(row)) this.#waiting.exposures.push(row);
      else this.#book.exposed(row);
    }
    for (const row of events) {
      this.#recent.push(row);
      if (tooLate(row)) this.#waiting.events.push(row);
      else this.#count(row);
    }
  }

  /** Turns to a full hour: what lasts a day or a week is learned anew when one begins. */
  turn(tick: number, since: number, learn: boolean): void {
    if (tick % DAY !== 0) return;
    this.#levels = new Map();
    this.#recent = this.#recent.filter(({ hour }) => hour >= tick - RECENT);
    for (const row of this.#waiting.exposures) this.#book.exposed(row);
    for (const row of this.#waiting.events) this.#count(row);
    this.#waiting = { events: [], exposures: [] };
    for (const [key, { hour }] of this.#touched) if (hour < tick - DAY) this.#touched.delete(key);
    if (!learn) return;
    this.#listen(tick, since);
    if (tick % WEEK === 0) {
      this.#weeks = [...this.#weeks, [...this.#strongest.values()].map((q) => round(q))].slice(-BUDGET_WEEKS);
      this.#strongest = new Map();
      this.#threshold = this.#limit(tick);
    }
    // A young law learns every day, an old one every week.
    if (tick - since < 4 * WEEK || tick - this.#learned >= WEEK) this.#learn(tick, since);
    if (this.#weeks.length === 0) this.#threshold = this.#limit(tick);
  }

  /** Series that got something in the hour before `tick`, or are asked after, judged; in order of their keys. */
  judge(tick: number, since: number, alsoSeries: ReadonlySet<string>, all: boolean): Judgement[] {
    const book = this.#book;
    const outlook = {
      book,
      laws: this.#laws,
      unknown: this.#unknown,
      since,
      threshold: this.#threshold,
      policy: this.#policy,
    };
    const due = new Map<string, Series>();
    for (const [key, { series, hour }] of this.#touched) if (all || hour === tick - 1) due.set(key, series);
    for (const key of alsoSeries) {
      const series = book.series.get(key);
      if (series) due.set(key, series);
    }
    const found: Judgement[] = [];
    for (const key of [...due.keys()].sort()) {
      for (const one of judge(due.get(key) as Series, tick, outlook, this.#levels)) {
        found.push(one);
        this.#remember(one);
      }
    }
    return found;
  }

  /** Hours of [from, to) in which nothing was heard. */
  silentHours(from: number, to: number): number {
    return this.#unknown.sum(from, to);
  }

  /** Events of the hours [from, to) known by now. */
  recent(from: number, to: number): EventRow[] {
    return this.#recent.filter(({ hour }) => hour >= from && hour < to);
  }

  /** Region codes within a region, itself included, that anything was heard of in the days that still matter. */
  within(region: string): string[] {
    return this.#book.within(region);
  }

  forget(hour: number): void {
    this.#book.forget(hour);
  }

  #count(row: EventRow): void {
    for (const series of this.#book.event(row)) this.#touched.set(series.key, { series, hour: row.known });
  }

  #remember({ observed, pValue, dimension, value }: Judgement): void {
    const place = `${dimension}|${value}`;
    const q = -Math.log(Math.max(pValue, 1e-300));
    if (q < LEAST || observed < this.#policy.minCount) return;
    if (q > (this.#strongest.get(place) ?? 0)) this.#strongest.set(place, q);
  }

  #limit(tick: number): number {
    const places = new Set<string>();
    for (const { dimension, value, counts } of this.#book.series.values()) {
      if (counts.sum(tick - 4 * WEEK, tick) > 0) places.add(`${dimension}|${value}`);
    }
    return threshold(this.#weeks, places.size, pagesOfPast(this.#policy));
  }

  #learn(tick: number, since: number): void {
    const from = Math.max(since, tick - this.#policy.weeks * WEEK);
    for (const name of [...this.#book.pooled.keys()].sort()) {
      const law = learnLaw(this.#book, name, from, tick);
      if (law) this.#laws.set(name, law);
    }
    this.#learned = tick;
  }

  /** Whether the day that just ended was one in which nothing was heard of orders. */
  #listen(tick: number, since: number): void {
    const placed = this.#book.exposures.get("placed");
    if (!placed) return;
    const days: number[] = [];
    for (let to = tick - DAY; days.length < USUAL_DAYS && to - DAY >= since; to -= DAY) {
      if (this.#unknown.sum(to - DAY, to) === 0) days.push(placed.sum(to - DAY, to));
      if (tick - to > 4 * WEEK) break;
    }
    const usual = days.sort((a, b) => a - b)[days.length >> 1] ?? 0;
    const day = (tick - DAY) / DAY;
    if (usual >= USUAL && placed.sum(tick - DAY, tick) < SILENT * usual) this.#silence(day);
  }

  #silence(day: number): void {
    this.#unknownDays.push(day);
    for (let hour = day * DAY; hour < (day + 1) * DAY; hour++) this.#unknown.add(hour, 1);
  }
}

/** Told more than a day after its own: levels of the day it is told on rest on days before that already. */
const tooLate = ({ hour, known }: { readonly hour: number; readonly known: number }): boolean =>
  hour < Math.floor(known / DAY) * DAY - DAY;

/** False pages a week left to what has happened. */
const pagesOfPast = ({ falsePagesPerWeek }: HotspotPolicy): number => (1 - FORESEEN_SHARE) * falsePagesPerWeek;

const round = (q: number): number => Math.round(q * 1000) / 1000;
