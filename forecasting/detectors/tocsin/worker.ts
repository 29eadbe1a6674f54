import { parentPort, workerData } from "node:worker_threads";
import type { TocsinOptions } from "../tocsin.ts";
import { type Chunk, judgeWith } from "./many.ts";

const judge = judgeWith(workerData as TocsinOptions);
parentPort?.on("message", (chunk: Chunk | undefined) => {
  if (chunk) judge(chunk, (done) => parentPort?.postMessage(done));
  else parentPort?.close();
});
