import { negativeBinomialLogPmf, negativeBinomialUpperTail } from "../../math/negative-binomial.ts";
import { poissonLogPmf, poissonUpperTail } from "../../math/poisson.ts";
import type { Mixture } from "./evidence.ts";
import type { Law } from "./ratio-table.ts";

/** P(Y >= y) for y from `low` up, as far as tabled. */
export type TailTable = { readonly law: Law; readonly low: number; readonly tails: Float64Array };

/** Standard deviations below and above the mean that are tabled, and most entries. */
const BELOW = 8;
const ABOVE = 14;
const MOST = 4096;

/** Tails of this step's count under each node. */
export function tailTables({ laws, nodes }: Mixture): TailTable[] {
  return nodes.map((_, q) => tailTable(laws[q] as Law));
}

/** Tails summed from the far end, which keeps the small ones exact; none where counts are too high to table. */
function tailTable(law: Law): TailTable {
  const { mean, size } = law;
  const finite = size !== Number.POSITIVE_INFINITY;
  const spread = Math.sqrt(finite ? mean + (mean * mean) / size : mean);
  const low = Math.max(0, Math.floor(mean - BELOW * spread));
  const length = Math.ceil(mean + ABOVE * spread) + 10 - low;
  if (length > MOST) return { law, low, tails: new Float64Array(0) };
  const tails = new Float64Array(length);
  let mass = Math.exp(finite ? negativeBinomialLogPmf(low, mean, size) : poissonLogPmf(low, mean));
  const odds = finite ? mean / (mean + size) : mean;
  for (let j = 0; j < length; j++) {
    tails[j] = mass;
    mass *= (odds * (finite ? low + j + size : 1)) / (low + j + 1);
  }
  let beyond = upperTail(law, low + length);
  for (let j = length - 1; j >= 0; j--) {
    beyond += tails[j] as number;
    tails[j] = beyond;
  }
  return { law, low, tails };
}

export function lookUpTail({ law, low, tails }: TailTable, y: number): number {
  const j = y - low;
  return j >= 0 && j < tails.length ? (tails[j] as number) : upperTail(law, y);
}

function upperTail({ mean, size }: Law, y: number): number {
  if (y === Number.POSITIVE_INFINITY) return 0;
  return size === Number.POSITIVE_INFINITY ? poissonUpperTail(y, mean) : negativeBinomialUpperTail(y, mean, size);
}
