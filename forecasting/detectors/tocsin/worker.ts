import { parentPort, workerData } from "node:worker_threads";
import { type TocsinOptions, tocsin } from "../tocsin.ts";
import type { Task } from "./many.ts";

const { tasks, options } = workerData as { readonly tasks: readonly Task[]; readonly options: TocsinOptions };
parentPort?.postMessage(tasks.map(({ input, from }) => tocsin(input, from, options)));
