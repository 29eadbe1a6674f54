import type { Command } from "commander";
import { readSettings } from "../../config/settings.ts";
import { leadsOf, medianLead } from "../../explain/leads.ts";
import { listSaid } from "../../explain/read.ts";
import { readShares } from "../../explain/shares.ts";
import { dayOf } from "../day.ts";
import { openKept } from "../kept.ts";
import { print, printJson } from "../output.ts";

interface Options {
  readonly data: string;
  readonly event: number;
  readonly until?: number;
  readonly quietFrom?: number;
  readonly quietTo?: number;
  readonly json?: boolean;
}

export function registerScoreIncidents(score: Command): void {
  score
    .command("incidents")
    .description(
      "how long before its complaint share doubled each region had an incident, and false pages of a quiet time",
    )
    .requiredOption("--data <dir>", "a data directory of replay")
    .requiredOption("--event <day>", "the day the trouble began", dayOf)
    .option("--until <day>", "the last day looked at; six weeks later when left out", dayOf)
    .option("--quiet-from <day>", "a time in which nothing happened: every incident in it is a false one", dayOf)
    .option("--quiet-to <day>", "its end", dayOf)
    .option("--json", "one JSON document on standard output")
    .action((options: Options, command: Command) => {
      const wrong = wrongUse(options);
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: 2 });
      return run(options);
    });
}

function wrongUse({ event, until, quietFrom, quietTo }: Options): string | undefined {
  if (until !== undefined && until <= event) return "--until: expected a day after --event";
  if ((quietFrom === undefined) !== (quietTo === undefined)) return "--quiet-from and --quiet-to: expected both";
  if (quietFrom !== undefined && quietTo !== undefined && quietFrom >= quietTo)
    return "--quiet-from and --quiet-to: expected a day and a later one";
  return undefined;
}

const DAY_MS = 86_400_000;
const AFTERMATH = 42;

async function run({ data, event, until, quietFrom, quietTo, json }: Options): Promise<void> {
  const store = await openKept(readSettings(undefined, { ...process.env, TOCSIN_DIR: data }));
  try {
    const { incidents } = await listSaid(store);
    const end = until ?? event + AFTERMATH * DAY_MS;
    const leads = leadsOf(await readShares(store, event, end), incidents, event, end);
    const within = (at: string) => Date.parse(at) >= (quietFrom ?? 0) && Date.parse(at) < (quietTo ?? 0);
    const quiet =
      quietFrom === undefined || quietTo === undefined
        ? undefined
        : {
            incidents: incidents.filter(({ openedAt }) => within(String(openedAt))).length,
            weeks: (quietTo - quietFrom) / (7 * DAY_MS),
          };
    const median = medianLead(leads);
    const perWeek = quiet && quiet.incidents / quiet.weeks;
    if (json) {
      printJson({ leads, medianLeadDays: median, ...(quiet && { quiet: { ...quiet, perWeek } }) });
      return;
    }
    print("region  share before  doubled     incident             lead, days");
    for (const { region, base, doubledOn, openedAt, leadDays } of leads) {
      print(
        `${region.padEnd(8)}${base.toFixed(3).padEnd(14)}${(doubledOn ?? "never").padEnd(12)}${(openedAt ?? "none").padEnd(21)}${leadDays === null ? "" : leadDays.toFixed(1)}`,
      );
    }
    if (median !== null) print(`median lead of those that doubled: ${median.toFixed(1)} days; none counts as 0`);
    if (quiet)
      print(`${quiet.incidents} incidents in ${quiet.weeks.toFixed(1)} quiet weeks: ${perWeek?.toFixed(2)} a week`);
  } finally {
    await store.close();
  }
}
