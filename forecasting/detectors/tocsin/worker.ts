import { parentPort, workerData } from "node:worker_threads";
import { judgeRest, type Work } from "./many.ts";

judgeRest(workerData as Work, (done) => parentPort?.postMessage(done));
