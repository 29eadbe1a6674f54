import { startThread } from "../threads.ts";
import type { DailyFit } from "./refit.ts";

const ENTRY = new URL("worker.ts", import.meta.url);

/**
 * Refits many daily series on worker threads, so that whoever asks is never blocked.
 * @param counts  all series one after another, each `days` long
 * @throws RangeError when the length is not a multiple of days
 */
export async function refitMany(counts: Float64Array, days: number, threads: number): Promise<DailyFit[]> {
  const total = counts.length / days;
  if (!Number.isInteger(total)) throw new RangeError(`counts: expected a multiple of ${days}, got ${counts.length}`);
  const blocks = Array.from({ length: threads }, (_, k) => {
    const from = Math.floor((k * total) / threads);
    const to = Math.floor(((k + 1) * total) / threads);
    return counts.slice(from * days, to * days);
  }).filter((block) => block.length > 0);
  const parts = await Promise.all(
    blocks.map(
      (block) =>
        new Promise<DailyFit[]>((resolve, reject) => {
          const worker = startThread(ENTRY, { counts: block, days });
          worker.once("message", resolve);
          worker.once("error", reject);
        }),
    ),
  );
  return parts.flat();
}
