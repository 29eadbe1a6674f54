// Holds the pipeline to its law: whatever happens to it, every row ends equal. See infra/GUARANTEES.md.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAULT_KINDS, FAULTS, type FaultKind } from "../chaos/faults.ts";
import { runChaos } from "../chaos/run.ts";
import { print, printJson, tellUser } from "./output.ts";

const USAGE = `usage: npm run chaos -- [--faults 30] [--seed 1] [--kinds a,b] [--json] [--keep DIR]

Runs two instances of the whole pipeline on a real Kafka broker and ClickHouse (chDB behind its HTTP front), disturbs
them, and compares every table, the topics and what the webhook's receiver was told with an undisturbed run.
Needs Java 17 and, the first time, Maven. Exit codes: 0 no difference, 1 some, 2 wrong use.

kinds:
${FAULT_KINDS.map((kind) => `  ${kind.padEnd(20)}${FAULTS[kind].does}`).join("\n")}`;

const SHOWN = 8;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = read(args);
  if (typeof options === "number") return options;
  const dir = options.keep ?? (await mkdtemp(join(tmpdir(), "tocsin-chaos-")));
  const started = performance.now();
  const say = (text: string) => tellUser(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} ${text}`);
  try {
    const { differences, ...report } = await runChaos({ ...options, dir, say });
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    for (const difference of differences.slice(0, SHOWN)) tellUser(difference.slice(0, 1000));
    const told = { ...report, differences: differences.length, seconds };
    if (options.json) printJson(told);
    else {
      print(`${options.faults} faults in ${seconds} s: ${differences.length} differences`);
      for (const [table, rows] of Object.entries(report.tables)) print(`  ${table}: ${rows} rows`);
    }
    if (differences.length === 0 && options.keep === undefined) await rm(dir, { recursive: true, force: true });
    else tellUser(`what was written and said is in ${dir}`);
    return differences.length === 0 ? 0 : 1;
  } catch (error) {
    tellUser(error instanceof Error ? (error.stack ?? error.message) : String(error));
    tellUser(`what was written and said is in ${dir}`);
    return 1;
  }
}

interface Options {
  readonly faults: number;
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly json: boolean;
  readonly keep: string | undefined;
}

function read(args: readonly string[]): Options | number {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        faults: { type: "string", default: "30" },
        seed: { type: "string", default: "1" },
        kinds: { type: "string", default: FAULT_KINDS.join(",") },
        json: { type: "boolean", default: false },
        keep: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) {
      print(USAGE);
      return 0;
    }
    return {
      faults: whole("faults", values.faults, 100_000),
      seed: whole("seed", values.seed, Number.MAX_SAFE_INTEGER),
      kinds: values.kinds.split(",").map(kindOf),
      json: values.json,
      keep: values.keep,
    };
  } catch (error) {
    tellUser(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(value) && value >= 0 && value <= most) return value;
  throw new TypeError(`--${name}: expected a whole number from 0 to ${most}, got ${text}`);
}

function kindOf(text: string): FaultKind {
  const kind = FAULT_KINDS.find((known) => known === text.trim());
  if (kind === undefined) throw new TypeError(`--kinds: expected some of ${FAULT_KINDS.join(", ")}, got ${text}`);
  return kind;
}
