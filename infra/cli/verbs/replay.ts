import { type Command, InvalidArgumentError } from "commander";
import { tell } from "../../../dashboards/story.ts";
import { summarise } from "../../../dashboards/summary.ts";
import { STDIN } from "../../../ingest/input.ts";
import type { ReplayCounts } from "../../../ingest/replay.ts";
import { readSettings } from "../../config/settings.ts";
import { compareSaid, tellDifference } from "../../explain/compare.ts";
import { listSaid } from "../../explain/read.ts";
import { openSession, temporaryDir } from "../../session.ts";
import { feedFiles } from "../feed.ts";
import { createLogger, print, printJson } from "../output.ts";
import { regionNames } from "../regions.ts";
import { readSaid } from "../said.ts";
import { interruption } from "../signals.ts";
import { takeStdin } from "../stdin.ts";

interface Options {
  readonly speed?: number;
  readonly data?: string;
  readonly config?: string;
  readonly policy?: string;
  readonly against?: string;
  readonly regions?: string;
  readonly json?: boolean;
}

export const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("expected a positive number");
  return value;
};

export function registerReplay(program: Command): void {
  program
    .command("replay")
    .argument("<file...>", "NDJSON of events, gzipped or not; - for standard input; several are merged by time")
    .option("--speed <n>", "times real speed; as fast as it can when left out", positive)
    .option("--data <dir>", "keep log and store here, and go on from what is there")
    .option("--config <file>", "settings (YAML); names Kafka and ClickHouse where those are used")
    .option("--policy <file>", "policy (YAML)")
    .option(
      "--against <dir>",
      "a data directory of a former replay: tell what this one says that it did not, and the other way",
    )
    .option("--regions <pack>", "region pack: cn or br")
    .option("--json", "one JSON document on standard output")
    .action(run);
}

async function run(files: string[], options: Options): Promise<void> {
  const interrupted = interruption();
  const stdin = files.includes(STDIN) ? { stdin: takeStdin() } : {};
  const temporary = options.data === undefined ? await temporaryDir() : undefined;
  try {
    const environment = { ...process.env, TOCSIN_DIR: options.data ?? temporary?.dir };
    const given = {
      ...(options.policy && { TOCSIN_POLICY: options.policy }),
      ...(options.regions && { TOCSIN_REGIONS: options.regions }),
    };
    const settings = readSettings(options.config, { ...environment, ...given });
    // First of all: a directory that is none is told before the work and not after it.
    const former = options.against === undefined ? undefined : await readSaid(options.against);
    const session = await openSession(settings, createLogger("warn"));
    try {
      const pacing = options.speed === undefined ? {} : { speed: options.speed };
      const fed = await feedFiles(files, settings, session, { ...pacing, ...stdin, interrupted });
      const { running, counts, seconds } = fed;
      const summary = await summarise(session.store);
      const difference = former && compareSaid(former, await listSaid(session.store));
      const eventsPerSecond = Math.round(counts.records / seconds);
      if (options.json)
        printJson({
          ...summary,
          eventsPerSecond,
          seconds: round(seconds),
          replay: shown(counts),
          ...(difference && { difference }),
        });
      else {
        print(tell(summary, settings.language, regionNames(running.regions, settings.language)));
        print(`${counts.records} records in ${round(seconds)} s, ${eventsPerSecond} a second`);
        if (difference) print(tellDifference(difference));
      }
    } finally {
      await session.close();
    }
  } finally {
    await temporary?.remove();
  }
}

export const round = (x: number): number => Math.round(x * 10) / 10;

const iso = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
const shown = (counts: ReplayCounts) => ({ ...counts, from: iso(counts.from), to: iso(counts.to) });
