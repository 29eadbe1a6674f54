import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How a process ended: its exit code, or the signal. */
export type End = number | NodeJS.Signals;

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<End>;
  alive(): boolean;
  kill(signal: NodeJS.Signals): Promise<End>;
}

/**
 * Runs a file of this repository as a process of its own.
 * @param output  file that takes what it says on standard error
 * @param env     in place of everything that could name a broker or a store by accident
 */
export function run(args: readonly string[], env: Readonly<Record<string, string>>, output: string): Child {
  const clean = Object.entries(process.env).filter(([name]) => !/^(TOCSIN|KAFKA|CLICKHOUSE|ALERTMANAGER)_/.test(name));
  const file = openSync(output, "a");
  const child = spawn(process.execPath, [...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(clean), ...env },
    stdio: ["ignore", "pipe", file],
  });
  closeSync(file);
  child.stdout?.resume();
  const ended = once(child, "exit").then(([code, signal]) => (code ?? signal) as End);
  const killWithUs = () => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  void ended.then(() => process.removeListener("exit", killWithUs));
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    process: child,
    ended,
    alive,
    kill(signal) {
      if (alive()) child.kill(signal);
      return ended;
    },
  };
}
