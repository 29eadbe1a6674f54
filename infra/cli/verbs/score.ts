import { closeSync, openSync, writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { registerScoreDetectors } from "../../../forecasting/cli/score-detectors.ts";
import { STDIN } from "../../../ingest/input.ts";
import { readSettings } from "../../config/settings.ts";
import { dumpLines, type ReplayScore, type ScoreOptions, scoreReplay } from "../../score/replay.ts";
import { tellScore } from "../../score/tell.ts";
import { openSession, temporaryDir } from "../../session.ts";
import { dayOf } from "../day.ts";
import { feedFiles } from "../feed.ts";
import { openKept } from "../kept.ts";
import { createLogger, print, printJson } from "../output.ts";
import { interruption } from "../signals.ts";
import { takeStdin } from "../stdin.ts";
import { registerScoreIncidents } from "./score-incidents.ts";

interface Options {
  readonly data?: string;
  readonly config?: string;
  readonly policy?: string;
  readonly regions?: string;
  readonly from?: number;
  readonly to?: number;
  readonly baseline?: true | number;
  readonly dump?: string;
  readonly json?: boolean;
}

/** Rules compared with when none is named, days before the promise. */
const BASELINES = [3, 5, 7];

export function registerScore(program: Command): void {
  const score = program
    .command("score")
    // What stands behind `incidents` or `detectors` is theirs, not ours.
    .enablePositionalOptions()
    .description("how good the warnings of a replay were: precision, recall, lead time, false alarms a week")
    .argument("[file...]", "event files that are replayed first, kept nowhere; left out, what --data holds is scored")
    .option("--data <dir>", "where `replay --data` kept log and store")
    .option("--config <file>", "settings (YAML), where ClickHouse is used")
    .option("--policy <file>", "policy (YAML) for event files")
    .option("--regions <pack>", "region pack for event files: cn or br")
    .option("--from <day>", "only orders placed from this day on, UTC", dayOf)
    .option("--to <day>", "only orders placed before this day, UTC", dayOf)
    .option(
      "--baseline [days]",
      "also the rule that warns of what is undelivered so many days before; 3, 5 and 7",
      whole,
    )
    .option("--dump <file>", "write the risk of every open order 10, 7, 5, 3 and 1 days before its promise as CSV")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
For example, on the public Olist files:
  tocsin import olist DIR --out olist.ndjson.gz
  tocsin replay olist.ndjson.gz --regions br --data RUN
  tocsin score --data RUN --from 2017-10-01 --to 2018-01-01 --baseline --dump risks.csv --json
or, without keeping the replay:
  tocsin score olist.ndjson.gz --regions br --from 2017-10-01 --to 2018-01-01 --baseline=7`,
    )
    .action((files: string[], options: Options, command: Command) => {
      const wrong = wrongUse(files, options);
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: 2 });
      return run(files, options);
    });
  registerScoreDetectors(score);
  registerScoreIncidents(score);
}

/** What of the options does not go together. */
function wrongUse(files: readonly string[], { data, policy, regions, from, to }: Options): string | undefined {
  if (files.length > 0 && data !== undefined)
    return "expected event files or --data, got both: `replay FILE... --data DIR` adds files to a directory";
  const only = policy !== undefined ? "--policy" : regions !== undefined ? "--regions" : undefined;
  if (files.length === 0 && only !== undefined)
    return `${only}: expected event files to use it on; what --data holds was replayed already`;
  if (from !== undefined && to !== undefined && from >= to)
    return `--from and --to: expected a day and a later one, got ${dayName(from)} and ${dayName(to)}`;
  return undefined;
}

const dayName = (at: number): string => new Date(at).toISOString().slice(0, 10);

async function run(files: string[], options: Options): Promise<void> {
  const { dump, baseline, from = 0, to = Date.UTC(2200, 0, 1) } = options;
  if (dump !== undefined) mustBeWritable(dump);
  const baselines = baseline === undefined ? [] : baseline === true ? BASELINES : [baseline];
  const score = files.length > 0 ? scoreFiles : scoreKept;
  const { risks, score: said } = await score(files, options, { from, to, baselines });
  if (dump !== undefined) writeFileSync(dump, [...dumpLines(risks)].join(""));
  if (options.json) printJson(said);
  else print(tellScore(said));
}

async function scoreKept(_: readonly string[], { data, config }: Options, which: ScoreOptions): Promise<ReplayScore> {
  const given = data === undefined ? {} : { TOCSIN_DIR: data };
  const store = await openKept(readSettings(config, { ...process.env, ...given }));
  try {
    return await scoreReplay(store, which);
  } finally {
    await store.close();
  }
}

async function scoreFiles(files: readonly string[], options: Options, which: ScoreOptions): Promise<ReplayScore> {
  const interrupted = interruption();
  const stdin = files.includes(STDIN) ? { stdin: takeStdin() } : {};
  const { dir, remove } = await temporaryDir();
  try {
    const given = {
      TOCSIN_DIR: dir,
      ...(options.policy && { TOCSIN_POLICY: options.policy }),
      ...(options.regions && { TOCSIN_REGIONS: options.regions }),
    };
    const settings = readSettings(options.config, { ...process.env, ...given });
    const session = await openSession(settings, createLogger("warn"));
    try {
      await feedFiles(files, settings, session, { ...stdin, interrupted });
      return await scoreReplay(session.store, which);
    } finally {
      await session.close();
    }
  } finally {
    await remove();
  }
}

/** Said before the work and not after it. */
function mustBeWritable(path: string): void {
  try {
    closeSync(openSync(path, "a"));
  } catch (error) {
    throw new Error(`--dump ${path}: expected a file that can be written, got ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function whole(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 60)
    throw new InvalidArgumentError(`expected a number of days from 1 to 60, got ${text}`);
  return days;
}
