import type { CountRow, Dimension, Measure } from "./measures.ts";

/** Counts of one series by the hour, as they were known at any full hour. */
export interface Series {
  readonly key: string;
  readonly measure: CountRow["measure"];
  readonly dimension: Dimension;
  readonly value: string;
  readonly type: string;
  /** Sum of the hours [from, to) as known at `asOf`; all are whole hours since 1970. */
  sum(from: number, to: number, asOf: number): number;
}

export const keyOf = (measure: string, dimension: string, value: string, type: string): string =>
  [measure, dimension, value, type].join("|");

/**
 * Builds the series of a span of hours. Regions also count for the regions above them; complaints of any type
 * also count for all types together (type "").
 * @param above  the region above a region, or undefined at the top level that is watched
 */
export function buildSeries(
  rows: readonly CountRow[],
  from: number,
  to: number,
  above: (region: string) => string | undefined,
): Map<string, Series> {
  const building = new Map<string, Building>();
  const add = (row: CountRow, value: string, type: string) => {
    const key = keyOf(row.measure, row.dimension, value, type);
    let series = building.get(key);
    if (!series) {
      series = { row: { ...row, value, type }, onTime: new Float64Array(to - from + 1), late: [] };
      building.set(key, series);
    }
    if (row.hour < from || row.hour >= to) return;
    if (row.known <= row.hour) series.onTime[row.hour - from + 1] = (series.onTime[row.hour - from + 1] ?? 0) + row.n;
    else series.late.push(row);
  };
  for (const row of rows) {
    for (let value: string | undefined = row.value; value !== undefined; ) {
      add(row, value, "");
      if (row.type !== "") add(row, value, row.type);
      value = row.dimension === "region" ? above(value) : undefined;
    }
  }
  return new Map([...building].map(([key, series]) => [key, finish(key, series, from, to)]));
}

interface Building {
  readonly row: CountRow;
  readonly onTime: Float64Array;
  readonly late: CountRow[];
}

function finish(key: string, { row, onTime, late }: Building, first: number, end: number): Series {
  for (let i = 1; i < onTime.length; i += 1) onTime[i] = (onTime[i] ?? 0) + (onTime[i - 1] ?? 0);
  const clamp = (hour: number) => Math.min(Math.max(hour, first), end) - first;
  return {
    key,
    measure: row.measure as Measure,
    dimension: row.dimension,
    value: row.value,
    type: row.type,
    sum(from, to, asOf) {
      let sum = (onTime[clamp(to)] ?? 0) - (onTime[clamp(from)] ?? 0);
      for (const told of late) if (told.known < asOf && told.hour >= from && told.hour < to) sum += told.n;
      return sum;
    },
  };
}
