import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What this process has used so far, us of CPU. */
export const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

export interface Child {
  readonly process: ChildProcess;
  /** The next line of its standard output. @throws when it ends before */
  line(): Promise<string>;
}

/** Starts a script of this folder (or of the command line) in a process of its own. */
export function startChild(script: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let said = "";
  child.stderr?.on("data", (text: Buffer) => {
    said = (said + text.toString("utf8")).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  return {
    process: child,
    async line() {
      const next = await lines.next();
      if (next.done) throw new Error(`${script}: expected a line, it ended: ${said}`);
      return next.value;
    },
  };
}

/** Runs a measurement to its end: the one JSON document it prints. */
export async function measured<T>(script: string, options: object): Promise<T> {
  const child = startChild(script, [JSON.stringify(options)]);
  const result = JSON.parse(await child.line()) as T;
  if (child.process.exitCode === null) await new Promise((ended) => child.process.once("exit", ended));
  return result;
}

/** The options a measurement was started with. */
export const optionsOf = <T>(): T => JSON.parse(process.argv[2] ?? "{}") as T;
