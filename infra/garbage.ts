import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MB = 1024 * 1024;
/** A heap up to this is collected in some tens of milliseconds; of a larger one, what piles up is a small part. */
const SMALL = 256 * MB;
/** Less than this is not worth it. */
const GROWN = 16 * MB;

/**
 * Collects all garbage when called, where the heap is small and has grown since the last time. The engine waits until
 * its heap has about doubled, since it does not know a good moment; whoever has to wait anyway knows one.
 */
export function createCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  if (typeof gc !== "function") return () => undefined;
  let left = 0;
  return () => {
    const used = process.memoryUsage().heapUsed;
    if (used > SMALL || used < left + GROWN) return;
    gc();
    left = process.memoryUsage().heapUsed;
  };
}
