import { parentPort, workerData } from "node:worker_threads";
import { simulateRest, type Work } from "./simulate.ts";

simulateRest(workerData as Work, (batch) => parentPort?.postMessage(batch));
