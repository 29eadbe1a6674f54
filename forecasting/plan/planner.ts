import type { Worker } from "node:worker_threads";
import { startThread } from "../threads.ts";
import type { PlanAnswer, Planner } from "./plan.ts";

const ENTRY = new URL("plan-worker.ts", import.meta.url);

interface Message {
  readonly id: number;
  readonly answer?: PlanAnswer;
  readonly error?: string;
}

/**
 * Plans on a thread of its own, started with the first request: whoever streams is not blocked while series are
 * learned. The thread holds no process open, and dies with it.
 */
export function planOnThread(): Planner {
  let worker: Worker | undefined;
  let count = 0;
  const waiting = new Map<number, { resolve(answer: PlanAnswer): void; reject(error: Error): void }>();

  function start(): Worker {
    const started = startThread(ENTRY);
    started.on("message", ({ id, answer, error }: Message) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (answer) asked?.resolve(answer);
      else asked?.reject(new Error(`planning failed: ${error}`));
      if (waiting.size === 0) started.unref();
    });
    const fail = (error: Error) => {
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on("error", fail);
    started.on("exit", (code) => fail(new Error(`the planning thread ended with code ${code}`)));
    return started;
  }

  return {
    plan: (request) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        worker.ref();
        const id = ++count;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request });
      }),
    async close() {
      await worker?.terminate();
    },
  };
}
