import { CHANGES, type Change, type Dispersion, type Evidence, noEvidence } from "../../forecasting/flow/evidence.ts";
import type { Key } from "./movements.ts";

/** What was seen and expected over some time: between `low` and `high` nothing is wrong. */
export interface Sums {
  observed: number;
  low: number;
  high: number;
}

/** What is remembered of a series beside its counts. */
export interface Watched {
  readonly evidence: Record<Change, Evidence>;
  readonly spread: Dispersion;
  readonly day: Sums;
  /** Forgetting by the hour. */
  readonly recent: Sums;
  /** Latest time at which anything of it happened, ms; 0 when nothing did. */
  last: number;
  /** Events expected since then. */
  due: number;
  /** Said completeness, 0..1. */
  said: number;
}

export const newWatched = (): Watched => ({
  evidence: Object.fromEntries(CHANGES.map((change) => [change, noEvidence()])) as Record<Change, Evidence>,
  spread: { squares: 0, days: 0 },
  day: { observed: 0, low: 0, high: 0 },
  recent: { observed: 0, low: 0, high: 0 },
  last: 0,
  due: 0,
  said: 1,
});

type Row = readonly (number | string)[];
const round = (x: number): number => Math.round(x * 1e4) / 1e4;
const sums = ({ observed, low, high }: Sums): number[] => [observed, round(low), round(high)];

/** Cuts numbers to what is saved, so that a process that went on and one that was started anew know the same. */
export function settle(watched: Watched): void {
  for (const change of CHANGES) {
    const evidence = watched.evidence[change];
    evidence.score = round(evidence.score);
    evidence.expected = round(evidence.expected);
  }
  watched.spread.squares = round(watched.spread.squares);
  watched.spread.days = round(watched.spread.days);
  for (const part of [watched.day, watched.recent]) {
    part.observed = round(part.observed);
    part.low = round(part.low);
    part.high = round(part.high);
  }
  watched.due = round(watched.due);
}

export function saveWatched(all: ReadonlyMap<Key, Watched>): Row[] {
  return [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, watched]) => [
      key,
      ...CHANGES.flatMap((change) => {
        const { score, since, observed, expected } = watched.evidence[change];
        return [score, since, observed, expected];
      }),
      watched.spread.squares,
      watched.spread.days,
      ...sums(watched.day),
      ...sums(watched.recent),
      watched.last,
      watched.due,
      watched.said,
    ]);
}

export function loadWatched(rows: readonly Row[]): Map<Key, Watched> {
  return new Map(
    rows.map(([key, ...saved]) => {
      const numbers = saved.map(Number)[Symbol.iterator]();
      const next = (): number => numbers.next().value ?? 0;
      const watched = newWatched();
      for (const change of CHANGES) {
        Object.assign(watched.evidence[change], { score: next(), since: next(), observed: next(), expected: next() });
      }
      Object.assign(watched.spread, { squares: next(), days: next() });
      Object.assign(watched.day, { observed: next(), low: next(), high: next() });
      Object.assign(watched.recent, { observed: next(), low: next(), high: next() });
      Object.assign(watched, { last: next(), due: next(), said: next() });
      return [String(key), watched];
    }),
  );
}
