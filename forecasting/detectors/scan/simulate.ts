import { availableParallelism } from "node:os";
import { seededPart } from "../../math/random.ts";
import { runThread } from "../../threads.ts";
import { scanKernel } from "./kernel.ts";
import { multinomialReplicate, permutationReplicate, poissonReplicate, type Replicate } from "./replicas.ts";
import { fillBounds, type Search, strongest, zoneCount } from "./strongest.ts";
import { type TimeWindow, windowSums } from "./windows.ts";

/** What happens where nothing is wrong, and how often it is lived through. */
export type Null = {
  readonly search: Search;
  readonly law: "permutation" | "poisson" | "multinomial";
  /** Cases of the permutation, expected counts of the others; shape (locations, steps) row-major. */
  readonly cells: Float64Array;
  readonly windows: readonly TimeWindow[];
  readonly steps: number;
  readonly replicas: number;
  readonly seed: number;
};

/** What threads share: the first batch of data sets nobody has begun. */
export type Work = { readonly null_: Null; readonly next: Int32Array };

/** Maxima of the data sets of one batch. */
export type Batch = { readonly batch: number; readonly maxima: Float64Array };

const ENTRY = new URL("worker.ts", import.meta.url);

/** Data sets simulated side by side, a multiple of four. */
const BATCH = 32;
/** Zones by windows by data sets below which starting a thread costs more than it saves. */
const WORTH_THREADS = 3e8;

/**
 * The strongest cluster's log likelihood ratio in each of many data sets of the null, shape (replicas,).
 * @param threads  that share the work; as many as there are processors, where that pays, when left out
 */
export async function simulate(null_: Null, threads?: number): Promise<Float64Array> {
  const { search, replicas } = null_;
  const pays = zoneCount(search.zones) * search.windows * replicas > WORTH_THREADS;
  const more = (threads ?? (pays ? availableParallelism() : 1)) - 1;
  const shared: Work = { null_, next: new Int32Array(new SharedArrayBuffer(4)) };
  const maxima = new Float64Array(replicas);
  const take = ({ batch, maxima: some }: Batch): void => {
    maxima.set(some.subarray(0, replicas - batch * BATCH), batch * BATCH);
  };
  const others = Array.from({ length: more }, () => runThread(ENTRY, shared, take));
  simulateRest(shared, take);
  await Promise.all(others);
  return maxima;
}

/** Takes batches until nobody has any left. Each has its own part of the random numbers, whoever takes it. */
export function simulateRest({ null_, next }: Work, done: (batch: Batch) => void): void {
  const { search, cells, windows, steps, replicas, seed } = null_;
  const batches = Math.ceil(replicas / BATCH);
  if (batches === 0) return;
  const kernel = scanKernel(cells.length / steps, windows.length, zoneCount(search.zones), BATCH);
  fillBounds(search, kernel);
  const simulated = new Float64Array(cells.length);
  for (;;) {
    const batch = Atomics.add(next, 0, 1);
    if (batch >= batches) return;
    const random = seededPart(seed, batch, batches);
    const replicate = replicateOf(null_);
    for (let r = 0; r < BATCH; r++) {
      replicate(simulated, random);
      windowSums(simulated, steps, windows, kernel.sums, BATCH, r);
    }
    done({ batch, maxima: strongest(search, kernel) });
  }
}

function replicateOf({ law, cells, search, steps }: Null): Replicate {
  if (law === "permutation") return permutationReplicate(cells, steps);
  return law === "poisson" ? poissonReplicate(cells) : multinomialReplicate(cells, search.total);
}
