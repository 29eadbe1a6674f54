import { gamma, poissonCount, type Random } from "../detectors/tocsin/sampling.ts";
import type { Cell } from "./table.ts";

/** A part of an excess, with the interval that holds it with probability 0.9. */
export interface Share {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

interface Part {
  readonly observed: number;
  readonly expected: number;
}

/** Share of an excess that lies in a part of it; chance in the counts now and before gives the interval. */
export function shareOf(
  part: Part,
  whole: Part,
  cells: readonly Cell[],
  inside: readonly boolean[],
  random: Random,
  draws: number,
): Share {
  const before = (want: boolean) => cells.reduce((sum, cell, i) => sum + (inside[i] === want ? cell.before : 0), 0);
  const rest = { observed: whole.observed - part.observed, expected: Math.max(0, whole.expected - part.expected) };
  const drawn: number[] = [];
  const draw = ({ observed, expected }: Part, seen: number): number => {
    // What was expected is as sure as the count it was learned from.
    const mean = seen > 0 ? (expected * gamma(random, seen)) / seen : expected;
    return poissonCount(random, observed) - mean;
  };
  const [seenIn, seenOut] = [before(true), before(false)];
  for (let i = 0; i < draws; i++) {
    const a = draw(part, seenIn);
    const b = draw(rest, seenOut);
    if (a + b > 0) drawn.push(clamp(a / (a + b)));
  }
  drawn.sort((a, b) => a - b);
  const share = clamp((part.observed - part.expected) / (whole.observed - whole.expected));
  const at = (q: number) => drawn[Math.min(drawn.length - 1, Math.floor(q * drawn.length))] ?? share;
  return { share, low: Math.min(share, at(0.05)), high: Math.max(share, at(0.95)) };
}

const clamp = (x: number): number => Math.min(1, Math.max(0, x));
