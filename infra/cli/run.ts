import type { Lang } from "../../dashboards/words.ts";
import { workingCalendar } from "../../forecasting/dwell/holidays.ts";
import { publicHolidays } from "../../forecasting/series/public-holidays.ts";
import { regionPack } from "../../ingest/regions/load.ts";
import type { RegionRegistry } from "../../ingest/regions/registry.ts";
import type { Tally } from "../../processors/shell/run.ts";
import type { ProcessName } from "../../processors/topology.ts";
import { readPolicy } from "../config/policy.ts";
import type { Settings } from "../config/settings.ts";
import type { Metrics } from "../metrics.ts";
import { ensureTopics, type Pipeline, startPipeline } from "../pipeline.ts";
import type { Session } from "../session.ts";
import { sinksOf } from "../sinks.ts";
import { createLogger } from "./output.ts";
import { CALENDARS, regionNames } from "./regions.ts";

export interface Running {
  readonly pipeline: Pipeline;
  readonly regions: RegionRegistry;
  /** Records read from the log so far in this run. */
  records(): number;
  /** Records known to wait in the log. */
  pending(): number;
}

interface RunningOptions {
  /** All processes when left out. */
  readonly only?: readonly ProcessName[] | undefined;
  /** Whether findings are looked at as they come, which they are when left out. */
  readonly watched?: boolean;
}

/** Starts the pipeline on an open session, with its counts kept for those who show them. */
export async function startRunning(
  settings: Settings,
  session: Session,
  metrics: Metrics,
  { only, watched = true }: RunningOptions = {},
): Promise<Running> {
  const { policy, version } = readPolicy(settings.policy);
  const regions = regionPack(settings.regions);
  const { country, offset } = CALENDARS[settings.regions];
  await ensureTopics(session.log, settings.partitions);
  let records = 0;
  const behind = new Map<string, number>();
  const onBatch = (tally: Tally) => {
    metrics.batch(tally);
    records += tally.records;
    behind.set(`${tally.process}/${tally.topic}/${tally.partition}`, tally.behind);
  };
  const pipeline = await startPipeline({
    log: session.log,
    store: session.store,
    alone: session.alone,
    watched,
    policy,
    policyVersion: version,
    checkpointEvery: settings.checkpointEvery,
    clock: Date.now,
    above: remembered((code) => watchedAbove(regions, code)),
    holiday: publicHolidays({ country, utcHours: offset }),
    placeName: (dimension, value) => placeName(regions, dimension, value),
    calendar: workingCalendar(country, offset, policy.learn.makeUpDays),
    onAwaited: (awaited) =>
      createLogger(settings.logLevel).warn(
        { ...awaited, hint: "`learn` has not got there: does it run anywhere?" },
        "NormsAwaited",
      ),
    country,
    utcOffset: offset,
    sinks: sinksOf(settings, Date.now),
    onBatch,
    onStep: metrics.step,
    ...(only && { only }),
  });
  return {
    pipeline,
    regions,
    records: () => records,
    pending: () => [...behind.values()].reduce((sum, n) => sum + n, 0),
  };
}

function placeName(regions: RegionRegistry, dimension: string, value: string) {
  const name = (lang: Lang) => (dimension === "region" ? regionNames(regions, lang)(value) : value);
  return { "zh-CN": name("zh-CN"), en: name("en") };
}

/** Asked of every record, about a few thousand regions. */
function remembered(above: (code: string) => string | undefined): (code: string) => string | undefined {
  const known = new Map<string, string>();
  return (code) => {
    const found = known.get(code);
    if (found !== undefined) return found;
    const answer = above(code);
    // Names come from outside: what is no region is not worth remembering.
    if (answer !== undefined) known.set(code, answer);
    return answer;
  };
}

/** Countries are not watched: what holds everywhere is nowhere in particular. */
function watchedAbove(regions: RegionRegistry, code: string): string | undefined {
  const parent = regions.parent(code);
  return parent === undefined || parent.parent === undefined ? undefined : parent.code;
}
