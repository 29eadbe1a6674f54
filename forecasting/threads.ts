import { Worker } from "node:worker_threads";

/** Starts a thread at a TypeScript file: its entry cannot be one before tsx is registered in it. */
export function startThread(entry: URL, workerData?: unknown): Worker {
  const code = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}); });`;
  return new Worker(code, { eval: true, workerData });
}

/** Runs a thread to its end. @param take  told everything it posts */
export function runThread<Message>(entry: URL, workerData: unknown, take: (message: Message) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = startThread(entry, workerData);
    thread.on("message", take);
    thread.once("error", reject);
    thread.once("exit", () => resolve());
  });
}
