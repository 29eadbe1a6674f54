import { writeFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { registerScoreDetectors } from "../../../forecasting/cli/score-detectors.ts";
import { readSettings } from "../../config/settings.ts";
import { dumpLines, scoreReplay } from "../../score/replay.ts";
import { openStoreOf } from "../../session.ts";
import { print, printJson } from "../output.ts";
import { registerScoreIncidents } from "./score-incidents.ts";

interface Options {
  readonly data?: string;
  readonly config?: string;
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
    .description("how good the warnings of a finished replay were: precision, recall, lead time, false alarms a week")
    .option("--data <dir>", "where `replay --data` kept log and store")
    .option("--config <file>", "settings (YAML), where ClickHouse is used")
    .option("--from <day>", "only orders placed from this day on, UTC", day)
    .option("--to <day>", "only orders placed before this day, UTC", day)
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
  tocsin score --data RUN --from 2017-10-01 --to 2018-01-01 --baseline --dump risks.csv --json`,
    )
    .action(run);
  registerScoreDetectors(score);
  registerScoreIncidents(score);
}

async function run(options: Options): Promise<void> {
  const given = options.data === undefined ? {} : { TOCSIN_DIR: options.data };
  const settings = readSettings(options.config, { ...process.env, ...given });
  const store = await openStoreOf(settings);
  try {
    const { baseline } = options;
    const baselines = baseline === undefined ? [] : baseline === true ? BASELINES : [baseline];
    const { risks, score } = await scoreReplay(store, {
      from: options.from ?? 0,
      to: options.to ?? Date.UTC(2200, 0, 1),
      baselines,
    });
    if (options.dump !== undefined) writeFileSync(options.dump, [...dumpLines(risks)].join(""));
    if (options.json) return printJson(score);
    print(`${score.orders} orders; pages ${score.pages.count}, ${score.pages.falseAWeek} a week false`);
    print("finding                    count  precision  recall  before promise  before complaint  false a week");
    for (const one of [...score.findings, ...score.baseline]) {
      const hours = (x: number | null) => (x === null ? "-" : `${x} h`);
      const cells = [one.precision ?? "-", one.recall ?? "-", hours(one.beforePromise.medianHours)];
      const rest = [hours(one.beforeComplaint.medianHours), one.falseAWeek];
      print(`${one.kind.padEnd(26)} ${one.count}  ${[...cells, ...rest].join("  ")}`);
    }
    for (const { daysBefore, open, rule, precisionAtRecall60, calibrationError, intervalCoverage } of score.risks) {
      print(
        `${daysBefore} days before: ${open} open, rule ${rule}, precision ${precisionAtRecall60} at recall 0.6, calibration error ${calibrationError}, interval holds ${intervalCoverage}`,
      );
    }
  } finally {
    await store.close();
  }
}

function day(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError(`expected a day such as 2017-10-01, got ${text}`);
  return at;
}

function whole(text: string): number {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 60)
    throw new InvalidArgumentError(`expected a number of days from 1 to 60, got ${text}`);
  return days;
}
