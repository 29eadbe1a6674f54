import { parentPort } from "node:worker_threads";
import { type PlanRequest, plan } from "./plan.ts";

/** Answers requests one after another, each under its number. */
parentPort?.on("message", ({ id, request }: { id: number; request: PlanRequest }) => {
  try {
    parentPort?.postMessage({ id, answer: plan(request) });
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
