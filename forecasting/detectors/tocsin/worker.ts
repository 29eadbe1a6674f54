import { parentPort, workerData } from "node:worker_threads";
import type { TocsinOptions } from "../tocsin.ts";
import { judgeAll, type Task } from "./many.ts";

const { tasks, options } = workerData as { readonly tasks: readonly Task[]; readonly options: TocsinOptions };
parentPort?.postMessage(judgeAll(tasks, options));
