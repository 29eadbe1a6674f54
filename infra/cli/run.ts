import type { Lang } from "../../dashboards/words.ts";
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
import { regionNames } from "./regions.ts";

export interface Running {
  readonly pipeline: Pipeline;
  readonly regions: RegionRegistry;
  /** Records read from the log so far in this run. */
  records(): number;
  /** Records known to wait in the log. */
  pending(): number;
}

/** Starts the pipeline on an open session, with its counts kept for those who show them. */
export async function startRunning(
  settings: Settings,
  session: Session,
  metrics: Metrics,
  only?: readonly ProcessName[],
): Promise<Running> {
  const { policy, version } = readPolicy(settings.policy);
  const regions = regionPack(settings.regions);
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
    policy,
    policyVersion: version,
    checkpointEvery: settings.checkpointEvery,
    clock: Date.now,
    above: (code) => watchedAbove(regions, code),
    holiday: publicHolidays(COUNTRIES[settings.regions]),
    placeName: (dimension, value) => placeName(regions, dimension, value),
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

/** Whose holidays and days the regions of a pack keep; hours from UTC are those most people there live by. */
const COUNTRIES = { cn: { country: "CN", utcHours: 8 }, br: { country: "BR", utcHours: -3 } } as const;

function placeName(regions: RegionRegistry, dimension: string, value: string) {
  const name = (lang: Lang) => (dimension === "region" ? regionNames(regions, lang)(value) : value);
  return { "zh-CN": name("zh-CN"), en: name("en") };
}

/** Countries are not watched: what holds everywhere is nowhere in particular. */
function watchedAbove(regions: RegionRegistry, code: string): string | undefined {
  const parent = regions.parent(code);
  return parent === undefined || parent.parent === undefined ? undefined : parent.code;
}
