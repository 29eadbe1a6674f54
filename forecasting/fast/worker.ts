import { parentPort, workerData } from "node:worker_threads";
import { dailyDesign, refitDaily } from "./refit.ts";

/** Refits a block of daily series laid one after another and posts the fits. */
const { counts, days } = workerData as { counts: Float64Array; days: number };
const design = dailyDesign(days, 0);
const fits = Array.from({ length: counts.length / days }, (_, k) =>
  refitDaily(counts.slice(k * days, (k + 1) * days), design),
);
parentPort?.postMessage(fits);
