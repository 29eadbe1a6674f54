import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { disturb } from "../../ingest/demo/disturb.ts";
import { demoWeek } from "../../ingest/demo/week.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the command line as a user would; the caller ends what does not end by itself, and an open input. */
export function start(
  args: readonly string[],
  env: Record<string, string> = {},
  stdin: "ended" | "open" = "ended",
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ["infra/cli/tocsin.js", ...args], {
    cwd: ROOT,
    env: { ...process.env, TOCSIN_LANGUAGE: "en", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  if (stdin === "ended") child.stdin?.end();
  return { child, ended: outcome(child) };
}

export const tocsin = (args: readonly string[], env?: Record<string, string>): Promise<Ended> => start(args, env).ended;

function outcome(child: ChildProcess): Promise<Ended> {
  let [out, err] = ["", ""];
  child.stdout?.setEncoding("utf8");
  child.stderr?.setEncoding("utf8");
  child.stdout?.on("data", (text) => (out += text));
  child.stderr?.on("data", (text) => (err += text));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err })));
}

/** Rows of the embedded store of a data directory, one text a row. */
export async function rowsOf(dataDir: string): Promise<string[]> {
  const child = spawn(process.execPath, ["--import", "tsx", "test/e2e/dump.ts", join(dataDir, "store")], { cwd: ROOT });
  const { code, out, err } = await outcome(child);
  if (code !== 0) throw new Error(`expected the dump of ${dataDir} to end with 0, got ${code}: ${err}`);
  return out.split("\n");
}

/** Rows that only one of two stores holds: the first few, so that a failure can be read. */
export function differences(one: readonly string[], other: readonly string[]): string[] {
  const [a, b] = [new Set(one), new Set(other)];
  const only = (of: readonly string[], not: Set<string>, mark: string) =>
    of.filter((row) => !not.has(row)).map((row) => `${mark} ${row.slice(0, 400)}`);
  return [...only(one, b, "-"), ...only(other, a, "+")].slice(0, 6);
}

export const scratch = (): Promise<string> => mkdtemp(join(tmpdir(), "tocsin-test-"));

/** A small promotion week with all its late, repeated and broken records, as a file. */
export async function writeWeek(
  file: string,
  options: { seed: number; historyDays?: number; ordersPerDay?: number },
): Promise<number> {
  const { seed, historyDays = 8, ordersPerDay = 60 } = options;
  const stream = createWriteStream(file);
  let lines = 0;
  for (const { line } of disturb(demoWeek({ seed, historyDays, ordersPerDay }), { seed, badShare: 0.001 })) {
    stream.write(`${line}\n`);
    lines += 1;
  }
  await new Promise((resolve) => stream.end(resolve));
  return lines;
}
