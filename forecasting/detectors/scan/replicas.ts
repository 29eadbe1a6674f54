import { poissonCount, type Random } from "../tocsin/sampling.ts";

/** Fills `cells` with one data set of the null. */
export type Replicate = (cells: Float64Array, random: Random) => void;

/** A given number of cases dropped on the cells in proportion to their expected counts. */
export function multinomialReplicate(expected: Float64Array, cases: number): Replicate {
  const draw = aliasSampler(expected);
  return (cells, random) => {
    cells.fill(0);
    for (let i = 0; i < cases; i++) {
      const cell = draw(random);
      cells[cell] = (cells[cell] as number) + 1;
    }
  };
}

/** Independent Poisson counts with the expected means. */
export function poissonReplicate(expected: Float64Array): Replicate {
  return (cells, random) => {
    for (let i = 0; i < cells.length; i++) {
      const mean = expected[i] as number;
      cells[i] = mean > 0 ? poissonCount(random, mean) : 0;
    }
  };
}

/** The same cases with their times dealt out anew, so that totals by place and by time stay. */
export function permutationReplicate(observed: Float64Array, steps: number): Replicate {
  const places: number[] = [];
  const times: number[] = [];
  observed.forEach((count, cell) => {
    for (let i = 0; i < count; i++) {
      places.push(Math.floor(cell / steps));
      times.push(cell % steps);
    }
  });
  const dealt = Int32Array.from(times);
  return (cells, random) => {
    cells.fill(0);
    for (let i = dealt.length - 1; i >= 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const time = dealt[j] as number;
      dealt[j] = dealt[i] as number;
      dealt[i] = time;
      const cell = (places[i] as number) * steps + time;
      cells[cell] = (cells[cell] as number) + 1;
    }
  };
}

/** Draws an index in proportion to its weight, in constant time. @see Vose (1991), IEEE TSE 17 */
function aliasSampler(weights: Float64Array): (random: Random) => number {
  const n = weights.length;
  const total = weights.reduce((a, b) => a + b, 0);
  const share = weights.map((w) => (w * n) / total);
  const alias = new Int32Array(n);
  const small: number[] = [];
  const large: number[] = [];
  share.forEach((s, i) => {
    (s < 1 ? small : large).push(i);
  });
  while (small.length > 0 && large.length > 0) {
    const s = small.pop() as number;
    const l = large[large.length - 1] as number;
    alias[s] = l;
    share[l] = (share[l] as number) + (share[s] as number) - 1;
    if ((share[l] as number) < 1) small.push(large.pop() as number);
  }
  for (const i of [...small, ...large]) share[i] = 1;
  return (random) => {
    const u = random() * n;
    const i = Math.floor(u);
    return u - i < (share[i] as number) ? i : (alias[i] as number);
  };
}
