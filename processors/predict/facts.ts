import type { Cell } from "./read.ts";
import type { Clock } from "./time.ts";

/** Hours looked back on for the shape of a day. */
export const SHAPE_DAYS = 28;

/**
 * Counts by day and, of the last weeks, by hour, as known at the start of a day. Cells wait until the day at whose
 * start they are known; what is counted never depends on when it was read.
 */
export interface Facts {
  add(cells: readonly Cell[]): void;
  /** Lets everything in that was known before a day began. Days must not go back. */
  advance(day: number): void;
  keys(): Iterable<string>;
  /** Counts of the days [from, to). */
  days(key: string, from: number, to: number): Float64Array;
  /** Counts of the hours of the days [from, to). */
  hours(key: string, from: number, to: number): Float64Array;
  /** First day with anything in it; Infinity when there is none. */
  firstDay(key: string): number;
}

export function createFacts(clock: Clock, top: (region: string) => string): Facts {
  const waiting = new Map<number, Cell[]>();
  const daily = new Map<string, Map<number, number>>();
  const hourly = new Map<string, Map<number, number>>();
  const first = new Map<string, number>();
  let let_in = Number.NEGATIVE_INFINITY;

  const bump = (maps: Map<string, Map<number, number>>, key: string, at: number, n: number) => {
    let map = maps.get(key);
    if (!map) {
      map = new Map();
      maps.set(key, map);
    }
    map.set(at, (map.get(at) ?? 0) + n);
  };

  function take(cell: Cell): void {
    const hour = clock.hour(cell.hour);
    const day = Math.floor(hour / 24);
    for (const key of keysOf(cell, top)) {
      bump(daily, key, day, cell.n);
      bump(hourly, key, hour, cell.n);
      first.set(key, Math.min(first.get(key) ?? day, day));
    }
  }

  return {
    add(cells) {
      for (const cell of cells) {
        const from = Math.floor(clock.hour(cell.known) / 24) + 1;
        const list = waiting.get(from);
        if (list) list.push(cell);
        else waiting.set(from, [cell]);
      }
    },
    advance(day) {
      if (day < let_in) throw new RangeError(`facts: expected a day from ${let_in} on, got ${day}`);
      for (const [from, cells] of waiting) {
        if (from > day) continue;
        for (const cell of cells) take(cell);
        waiting.delete(from);
      }
      const forgotten = 24 * (day - SHAPE_DAYS);
      for (const map of hourly.values()) for (const hour of map.keys()) if (hour < forgotten) map.delete(hour);
      let_in = day;
    },
    keys: () => daily.keys(),
    days: (key, from, to) => slice(daily.get(key), from, to),
    hours: (key, from, to) => slice(hourly.get(key), 24 * from, 24 * to),
    firstDay: (key) => first.get(key) ?? Number.POSITIVE_INFINITY,
  };
}

function slice(map: ReadonlyMap<number, number> | undefined, from: number, to: number): Float64Array {
  const counts = new Float64Array(Math.max(0, to - from));
  if (map) for (let i = 0; i < counts.length; i++) counts[i] = map.get(from + i) ?? 0;
  return counts;
}

function keysOf({ measure, region, type }: Cell, top: (region: string) => string): string[] {
  const place = region === "" ? "" : top(region);
  const keys = [measure, `${measure}|region|${place}`];
  if (measure === "complaints") keys.push(`complaints|type|${type}`);
  return keys;
}
