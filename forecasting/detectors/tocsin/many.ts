import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Judgement } from "../judgement.ts";
import { type Designs, type TocsinInput, type TocsinOptions, tocsin } from "../tocsin.ts";

/** One series and the first step of it to judge. */
export type Task = { readonly input: TocsinInput; readonly from: number };

// A worker's entry cannot be TypeScript before tsx is registered in its thread.
const entry = new URL("worker.ts", import.meta.url).href;
const ENTRY = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(entry)}); });`;

/** Judged steps below which starting threads costs more than it saves. */
const WORTH_THREADS = 1000;

/** Judges many series, on as many threads as there are processors where that pays. The result does not depend on it. */
export async function tocsinMany(
  tasks: readonly Task[],
  options: TocsinOptions,
  threads: number = availableParallelism(),
): Promise<Judgement[]> {
  const work = tasks.reduce((sum, { input, from }) => sum + input.counts.length - from, 0);
  if (threads < 2 || work < WORTH_THREADS) return judgeAll(tasks, options);
  const blocks = Array.from({ length: threads }, (_, k) => tasks.filter((_, i) => i % threads === k));
  const parts = await Promise.all(blocks.map((block) => inWorker(block, options)));
  return tasks.map((_, i) => parts[i % threads]?.[Math.floor(i / threads)] as Judgement);
}

/** Judges series one after another. */
export function judgeAll(tasks: readonly Task[], options: TocsinOptions): Judgement[] {
  const designs: Designs = new Map();
  return tasks.map(({ input, from }) => tocsin(input, from, options, designs));
}

function inWorker(tasks: readonly Task[], options: TocsinOptions): Promise<Judgement[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(ENTRY, { eval: true, workerData: { tasks, options } });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
