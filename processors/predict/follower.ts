import { PLAN_LEVELS } from "../../forecasting/plan/calendar.ts";
import type { SeriesFit } from "../../forecasting/plan/fit.ts";
import type { DailyIssue } from "../../forecasting/plan/issue.ts";
import type { PlanAnswer, Planner } from "../../forecasting/plan/plan.ts";
import { shorten } from "../../forecasting/series/shorten.ts";
import { exceedance } from "../../forecasting/spikes/exceedance.ts";
import type { Store } from "../../infra/store/port.ts";
import type { Follower } from "../shell/follow.ts";
import { topOf } from "../shell/region-top.ts";
import { collectRows, type Rows, writeRows } from "../shell/writer.ts";
import { createAnnounced } from "./announced.ts";
import { createFacts, SHAPE_DAYS } from "./facts.ts";
import { actualOf, fromKept, loadFits, loadIssues, type Memory, newMemory, toKept } from "./memory.ts";
import { DAILY_LEADS, HOURLY_LEADS, type Issued, type Status, scoreOf, statusOf, WATCHED_DAYS } from "./outlook.ts";
import type { PredictPolicy } from "./policy.ts";
import { firstKnown, readCells, readContext } from "./read.ts";
import { fitRow, issueRow, scoreRow, spikeRow, versionOf, warningRow } from "./rows.ts";
import { type Members, membersAt, requestAt, type World } from "./series.ts";
import { type Clock, clockAt, DAY_MS } from "./time.ts";
import { foldWarnings, type Spike } from "./warnings.ts";

export interface PredictOptions {
  readonly store: Store;
  readonly policy: PredictPolicy;
  /** The watched region above a region, or undefined at the top. */
  readonly above: (region: string) => string | undefined;
  /** Hours the clock of the regions is ahead of UTC, for planners who set none. */
  readonly utcOffset: number;
  /** Learns and issues, on this thread or another. */
  readonly planner: Planner;
  /** Whether a day (since 1970, on the planners' clock) is a public holiday. */
  readonly holiday: (day: number) => boolean;
}

/** Days written together: an insert costs the store about the same for one as for many. */
const AT_A_TIME = 16;
/** What was issued this long ago is scored no more. */
const KEPT_DAYS = 37;
/** A day is scored when another has passed: what is told late still counts. */
const SETTLES = 1;
/** Share of the past by which it must have grown before it is learned anew. */
const GROWTH = 0.1;

/**
 * At the start of every day of event time: forecasts of orders, parcels by stage, and complaints by region and type,
 * scores of what was issued before, and warnings. Each day is a function of what was known when it began and of the
 * day before, so any cut of time into steps ends in the same rows.
 */
export function createPredict(options: PredictOptions): Follower {
  const { store, policy, above, planner, holiday } = options;
  const offset = policy.utcOffset ?? options.utcOffset;
  const clock = clockAt(offset);
  const top = (region: string) => topOf(region, above);
  let world: World = fresh();
  let memory: Memory = newMemory();
  /** Everything known before it was read, ms. */
  let readTo = 0;
  let since: number | undefined;

  function fresh(): World {
    return { facts: createFacts(clock, top), announced: createAnnounced(clock, top), policy, holiday };
  }

  async function read(first: number, to: number): Promise<void> {
    const fine = clock.start(first - SHAPE_DAYS);
    world.facts.add(await readCells(store, { from: readTo, to, fine, offset }));
    world.announced.add(await readContext(store, readTo, to));
    readTo = to;
  }

  return {
    name: "predict",
    async start(cursor, state) {
      [world, readTo, since] = [fresh(), 0, undefined];
      memory = newMemory();
      const done = clock.day(cursor - 1);
      if (cursor <= 0 || state === "") return;
      const issues = await loadIssues(store, clock, done - KEPT_DAYS, cursor);
      memory = fromKept(state, clock, await loadFits(store, cursor), issues);
      await read(done, clock.start(done));
      world.facts.advance(done);
      world.announced.advance(done);
    },
    async step({ from, to }) {
      since ??= await firstKnown(store, to).then((at) => (at < to ? at : undefined));
      const days = since === undefined ? [] : clock.between(Math.max(from, since), to);
      const [first, last] = [days[0], days.at(-1)];
      if (first === undefined || last === undefined) return toKept(memory);
      await read(first, clock.start(last));
      let rows = collectRows();
      for (const day of days) {
        world.facts.advance(day);
        world.announced.advance(day);
        await oneDay(world, memory, day, planner, clock, rows);
        if (day !== last && (day - first + 1) % AT_A_TIME !== 0) continue;
        await writeRows(store, rows);
        rows = collectRows();
      }
      return toKept(memory);
    },
  };
}

async function oneDay(world: World, memory: Memory, day: number, planner: Planner, clock: Clock, rows: Rows) {
  scoreDay(world, memory, day - 1 - SETTLES, clock, rows);
  const relearn = isDue(memory, day, world);
  if (relearn) {
    memory.members = membersAt(world, day);
    memory.learnedAt = day;
  }
  const fits = relearn ? {} : Object.fromEntries([...memory.fits].map(([name, { fit }]) => [name, fit]));
  const request = requestAt(world, day, memory.members, fits, relearn);
  if (request.series.length === 0) {
    // Nothing to learn from yet: try again tomorrow.
    memory.learnedAt = undefined;
    return;
  }
  const answer = await planner.plan(request);
  if (relearn) memory.fits.clear();
  const ages = new Map(request.series.map(({ name, y }) => [name, y.length]));
  for (const fit of answer.learned) {
    const version = versionOf(fit, day);
    memory.fits.set(fit.series, { fit, version });
    rows.out("forecast_fits", fitRow(fit, version, ages.get(fit.series) ?? 0, clock.start(day)));
  }
  const statuses = new Map(answer.daily.map(({ series }) => [series, statusOf(memory.watched.get(series) ?? [])]));
  keepIssues(answer, memory, day, statuses, clock, rows);
  const spikes = spikesOf(world, memory.members, answer.daily, statuses, day);
  for (const spike of spikes) rows.out("forecast_spikes", spikeRow(spike, day, clock));
  for (const change of foldWarnings(memory.warnings, day, spikes, statuses, world.policy.spikes.warnFrom)) {
    rows.out("warning_changes", warningRow(change, day, clock));
  }
}

/** Learned when nothing is, then every so often, and less often the longer the past is. */
function isDue({ learnedAt }: Memory, day: number, { facts, policy }: World): boolean {
  if (learnedAt === undefined) return true;
  const age = day - Math.min(facts.firstDay("placed"), facts.firstDay("complaints"));
  return day - learnedAt >= Math.max(policy.relearnEvery / DAY_MS, GROWTH * Math.min(age, policy.memory / DAY_MS));
}

function scoreDay(world: World, memory: Memory, target: number, clock: Clock, rows: Rows): void {
  for (const byDay of memory.issued.values()) {
    const [some] = byDay.values();
    if (!some) continue;
    const { step } = some;
    // What came is the same whenever it was forecast.
    const actual = actualOf(world, some, target);
    if (!actual) continue;
    for (const lead of step === "hour" ? HOURLY_LEADS : DAILY_LEADS) {
      const issued = byDay.get(target - lead + 1);
      if (!issued) continue;
      const score = scoreOf(issued, lead, actual);
      rows.out("forecast_scores", scoreRow(score, clock));
      if (step === "day" && lead === 1) {
        const watched = memory.watched.get(score.series) ?? [];
        watched.push({ day: target, inside: score.inside90 === 1, below: score.below === 1 });
        memory.watched.set(
          score.series,
          watched.filter(({ day }) => day > target - WATCHED_DAYS),
        );
      }
    }
    for (const day of byDay.keys()) if (day < target - KEPT_DAYS) byDay.delete(day);
  }
}

function keepIssues(
  answer: PlanAnswer,
  memory: Memory,
  day: number,
  statuses: ReadonlyMap<string, Status>,
  clock: Clock,
  rows: Rows,
): void {
  const issues = [
    ...answer.daily.map((issue) => ({ issue, step: "day" as const })),
    ...answer.hourly.map((issue) => ({ issue, step: "hour" as const })),
  ];
  for (const { issue, step } of issues) {
    const standing = memory.fits.get(issue.series) as { fit: SeriesFit; version: string };
    const issued: Issued = {
      series: issue.series,
      step,
      day,
      version: standing.version,
      // Five digits are more than a forecast knows. What is stored, shown and scored are the same numbers.
      mean: shortened(issue.mean),
      quantiles: issue.quantiles.map(shortened),
    };
    const key = `${step}|${issue.series}`;
    const byDay = memory.issued.get(key) ?? new Map<number, Issued>();
    byDay.set(day, issued);
    memory.issued.set(key, byDay);
    rows.out("forecast_issues", issueRow(issued, standing.fit, statuses.get(issue.series) ?? "learning", clock));
  }
}

function shortened(values: Float64Array): number[] {
  const short = new Array<number>(values.length);
  for (let i = 0; i < values.length; i++) short[i] = shorten(values[i] as number);
  return short;
}

function spikesOf(
  { facts, policy }: World,
  members: Members,
  daily: readonly DailyIssue[],
  statuses: ReadonlyMap<string, Status>,
  day: number,
): Spike[] {
  return members.complaints.flatMap((region) => {
    const series = `complaints|region|${region}`;
    const issue = daily.find((one) => one.series === series);
    if (!issue) return [];
    const past = facts.days(series, day - SHAPE_DAYS, day).sort();
    const usual = past[past.length >> 1] as number;
    const { perDay, times, atLeast, days } = policy.spikes;
    const capacity = perDay[region] ?? Math.max(atLeast, times * usual);
    return Array.from({ length: days }, (_, h): Spike => {
      const quantiles = issue.quantiles.map((q) => q[h] as number);
      return {
        region,
        day: day + h,
        probability: exceedance(PLAN_LEVELS, quantiles, capacity),
        capacity,
        mean: issue.mean[h] as number,
        upper: quantiles[7] as number,
        causes: issue.causes[h] as Spike["causes"],
        status: statuses.get(series) ?? "learning",
      };
    });
  });
}
