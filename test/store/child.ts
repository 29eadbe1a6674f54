import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Child {
  readonly process: ChildProcess;
  /** Lines of standard output, as they come. */
  readonly lines: AsyncIterator<string>;
  /** All of standard error so far. */
  errors(): string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** Runs a TypeScript file of the repository as a process of its own. */
export function runChild(file: string, args: readonly string[], environment: Record<string, string> = {}): Child {
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, ["--import", "tsx", file, ...args], { cwd: ROOT, env });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
  return { process: child, lines, errors: () => errors, ended };
}

export interface FrontChild extends Child {
  readonly url: string;
  kill(signal: NodeJS.Signals): Promise<number | string>;
}

/** The front as people start it. */
export async function runFront(path: string, environment: Record<string, string> = {}): Promise<FrontChild> {
  const child = runChild("infra/cli/clickhouse.ts", ["--path", path, "--port", "0"], environment);
  const first = await child.lines.next();
  if (first.done) throw new Error(`the front did not start: ${child.errors()}`);
  const url = first.value.split(" ")[0] ?? "";
  const kill = (signal: NodeJS.Signals) => {
    child.process.kill(signal);
    return child.ended;
  };
  return { ...child, url, kill };
}
