import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { between } from "../../ingest/demo/random.ts";
import { comparableRows, tableDifferences } from "../store/compare.ts";
import { run } from "./child.ts";
import { FAULTS, type Fault, type FaultKind, schedule } from "./faults.ts";
import { createFeed } from "./feed.ts";
import { PASS } from "./gate.ts";
import { INJECT } from "./inject.ts";
import { type Item, inputOf } from "./input.ts";
import { openReceiver, type Receiver } from "./receiver.ts";
import { settle } from "./settle.ts";
import { countRecords, readTopics } from "./topics.ts";
import { createWorld, DISORDER_MS, PARTITIONS, settingsOf, type World } from "./world.ts";

export interface ChaosOptions {
  readonly faults: number;
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly dir: string;
  readonly say: (text: string) => void;
}

export interface ChaosReport {
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** Rows compared, by table; topics and the receiver's keys are among them. */
  readonly tables: Readonly<Record<string, number>>;
  /** Each with a mark: `-` only undisturbed, `+` only disturbed, `!` what should not have happened. */
  readonly differences: readonly string[];
}

/** How long the instances may take to work through the rest once nothing disturbs them, ms. */
const SETTLE_MS = 240_000;
/** Between two faults, something is to have been stored; or this long passes, ms. */
const WORK_MS = 3000;

/** Runs the whole pipeline under faults, and holds all it left behind against an undisturbed run of the same input. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say, seed, dir } = options;
  const faults = schedule(options.faults, seed, options.kinds);
  const large = options.faults > 100;
  const steps = inputOf({
    seed,
    steps: Math.ceil(1.2 * options.faults) + 10,
    partitions: PARTITIONS,
    disorder: DISORDER_MS,
    // Three weeks are the least that promise risks are learned from.
    historyDays: 24,
    ordersPerDay: large ? 64 : 20,
  });
  say(`${steps.flat().length} records in ${steps.length} steps; starting broker and store`);
  const world = await createWorld(join(dir, "disturbed"), say);
  try {
    const quiet = await openReceiver();
    const reference = undisturbed(join(dir, "disturbed"), dir, steps, quiet).finally(() => quiet.close());
    reference.catch(() => undefined);
    const done = await disturb(world, steps, faults);
    const expected = await reference;
    const left = await settle(world.log, world.store, SETTLE_MS, (what) => say(`  waiting: ${what}`));
    const problems = [...left.map((what) => `not finished: ${what}`), ...(await end(world))];
    const received = await compareCounts(world);
    const got = new Map([
      ...(await comparableRows(world.store)),
      ...(await readTopics(world.log)),
      ["webhook", keysOf(world.receiver)],
    ]);
    const differences = [...problems, ...world.problems, ...received].map((problem) => `! ${problem}`);
    return {
      faults: done,
      tables: Object.fromEntries([...got].map(([table, rows]) => [table, rows.length])),
      differences: [...differences, ...tableDifferences(expected, got)],
    };
  } finally {
    await world.close();
  }
}

/** The undisturbed run, in a process of its own. */
async function undisturbed(
  policyDir: string,
  dir: string,
  steps: readonly Item[][],
  receiver: Receiver,
): Promise<Map<string, string[]>> {
  const [input, output] = [join(dir, "input.json"), join(dir, "undisturbed.json")];
  await writeFile(input, JSON.stringify(steps));
  const env = { ...settingsOf(policyDir, receiver), TOCSIN_DIR: join(dir, "undisturbed") };
  const log = join(dir, "undisturbed.log");
  const child = run(["--import", "tsx", "infra/cli/chaos-reference.ts", input, output], env, log);
  const code = await child.ended;
  if (code !== 0) throw new Error(`expected the undisturbed run to end with 0, got ${code}; see ${log}`);
  const tables = new Map(JSON.parse(await readFile(output, "utf8")) as [string, string[]][]);
  return tables.set("webhook", keysOf(receiver));
}

/** What the receiver was told, each message once: the law allows repeats under one key, and nothing else. */
const keysOf = ({ taken }: Receiver): string[] =>
  [...taken].flatMap(([key, bodies]) => [...bodies].map((body) => `${key} ${body}`)).sort();

async function disturb(world: World, steps: readonly Item[][], faults: readonly Fault[]) {
  const { say, instances } = world;
  const feed = createFeed(world.log, steps, DISORDER_MS);
  world.feed = feed;
  const done: Partial<Record<FaultKind, number>> = {};
  for (const instance of instances) instance.start();
  feed.next();
  feed.next();
  await worked(world, 60_000);
  for (const [index, { kind, random: r }] of faults.entries()) {
    say(`${index + 1}/${faults.length} ${kind}: ${FAULTS[kind].does}`);
    const before = stored(world);
    // As many steps for each fault as leave some for the last.
    for (let n = Math.ceil((feed.left() - 4) / (faults.length - index)); n > 0; n--) feed.next();
    await INJECT[kind](world, r);
    done[kind] = (done[kind] ?? 0) + 1;
    await worked(world, WORK_MS, before);
    await sleep(between(r, 0, 300));
  }
  while (feed.left() > 0) feed.next();
  await feed.done();
  world.receiver.behave("answer");
  for (const { gate } of instances) gate.fate(() => PASS);
  for (const instance of instances) instance.start();
  return done;
}

const stored = ({ instances }: World): number => instances.reduce((sum, { gate }) => sum + gate.stored("progress"), 0);

/** Until something was stored behind `before`, or the time is over. */
async function worked(world: World, withinMs: number, before = 0): Promise<void> {
  const until = performance.now() + withinMs;
  while (stored(world) <= before && performance.now() < until) await sleep(50);
}

/** All instances are told to end, and do so in order. */
async function end({ instances }: World): Promise<string[]> {
  const ends = await Promise.all(
    instances.map(async (instance) => ({ name: instance.name, ...(await instance.stop()) })),
  );
  return ends
    .filter(({ end: how }) => how !== 0)
    .map(({ name, end: how }) => `${name} at the end: expected exit code 0, got ${how}`);
}

/** What the processes say they have received is what is in the log. */
async function compareCounts({ log, store }: World): Promise<string[]> {
  const wrong: string[] = [];
  for (const topic of [TOPICS.orders, TOPICS.complaints, TOPICS.context]) {
    const rows = await store.query<{ partition: number; received: number }>(
      "SELECT partition, received FROM progress FINAL WHERE topic = {topic:String}",
      { topic },
    );
    const told = new Map(rows.map(({ partition, received }) => [partition, received]));
    for (const [partition, expected] of (await countRecords(log, topic)).entries()) {
      const got = told.get(partition) ?? 0;
      if (got !== expected) wrong.push(`${topic}/${partition}: expected ${expected} records received, got ${got}`);
    }
  }
  return wrong;
}
