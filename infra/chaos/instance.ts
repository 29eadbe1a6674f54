import { setTimeout as sleep } from "node:timers/promises";
import { type Child, type End, run } from "./child.ts";
import { type Gate, openGate } from "./gate.ts";

/** A pipeline process that is started again whenever it ends, as a service manager would. */
export interface Instance {
  readonly name: string;
  readonly gate: Gate;
  running(): boolean;
  start(): void;
  /** Ends it at once; it is started again by itself. */
  kill(): void;
  /** Ends it at once, and leaves it so. */
  halt(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Asks it to end, and does not start it again. @returns how it ended, and after how many ms */
  stop(): Promise<{ readonly end: End; readonly ms: number }>;
  close(): Promise<void>;
}

const RESTART_MS = 150;

export interface InstanceOptions {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly roles: string;
  readonly store: () => string;
  readonly output: string;
  /** Told of every end that nobody asked for. */
  readonly onExit: (name: string, end: End) => void;
}

export async function createInstance(options: InstanceOptions): Promise<Instance> {
  const gate = await openGate(options.store);
  let child: Child | undefined;
  let wanted = false;
  let killed = false;

  function launch(): void {
    const env = { ...options.env, CLICKHOUSE_URL: gate.url };
    const ours = run(["infra/cli/tocsin.js", "up", "--only", options.roles], env, options.output);
    child = ours;
    killed = false;
    void ours.ended.then(async (end) => {
      if (wanted && !killed) options.onExit(options.name, end);
      await sleep(RESTART_MS);
      if (wanted && child === ours) launch();
    });
  }

  return {
    name: options.name,
    gate,
    running: () => wanted,
    start() {
      if (wanted) return;
      wanted = true;
      launch();
    },
    kill() {
      killed = true;
      void child?.kill("SIGKILL");
    },
    async halt() {
      wanted = false;
      await child?.kill("SIGKILL");
    },
    freeze: () => void child?.process.kill("SIGSTOP"),
    thaw: () => void child?.process.kill("SIGCONT"),
    async stop() {
      wanted = false;
      const started = performance.now();
      const end = (await child?.kill("SIGTERM")) ?? 0;
      return { end, ms: performance.now() - started };
    },
    async close() {
      wanted = false;
      await child?.kill("SIGKILL");
      await gate.close();
    },
  };
}
