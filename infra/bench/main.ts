// npm run bench [-- --json] [--quick] [--repeat N]: what an event costs, beside the bare costs of its parts.
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../../forecasting/median.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { startBroker } from "../log/broker.ts";
import { openKafkaLog } from "../log/kafka.ts";
import { ensureTopics } from "../pipeline.ts";
import { type Child, measured, startChild } from "./child.ts";
import { benchEvent } from "./events.ts";
import type { Latency } from "./latency.ts";
import type { OrderFigures } from "./orders.ts";
import { columnsOf, fold, replayed } from "./parts.ts";
import type { Cost } from "./stream.ts";
import { type Figures, table } from "./table.ts";

const USAGE = "usage: npm run bench -- [--json] [--quick] [--repeat 5]\n";
const PARTITIONS = 8;
const APPEND = 5000;
const START = Date.UTC(2026, 0, 1);

const options = readOptions();
const tell = (text: string) => process.stderr.write(`${text}\n`);
const began = performance.now();
const root = await mkdtemp(join(tmpdir(), "tocsin-bench-"));
const front = startChild("../cli/clickhouse.ts", ["--path", join(root, "store"), "--port", "0"]);
const url = (await front.line()).split(" ")[0] ?? "";
try {
  const load = loadavg()[0] ?? 0;
  const latency = await measureLatency();
  const { costs, read, parse, insert } = await measureStream();
  const events = options.quick ? 40_000 : 200_000;
  const replay = await measureReplay(events);
  // Few measure how the compiler warms up, which every instance does for itself.
  const instances = await measureInstances(options.quick ? 200_000 : 1_500_000);
  const figures: Figures = {
    repeat: options.repeat,
    cores: availableParallelism(),
    load,
    eventBytes: Buffer.byteLength(benchEvent(0, START).json),
    events: options.events,
    stream: middle(costs),
    read: middle(read),
    parse: middle(parse),
    insert: middle(insert),
    replayPerSecond: median(replay),
    latency: {
      perSecond: median(latency.map(({ perSecond }) => perSecond)),
      p50Ms: median(latency.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(latency.map(({ p99Ms }) => p99Ms)),
    },
    instances,
    orders: await measureOrders(),
    seconds: Math.round((performance.now() - began) / 1000),
  };
  process.stdout.write(options.json ? `${JSON.stringify(figures, null, 2)}\n` : table(figures));
} finally {
  await ended(front);
  await rm(root, { recursive: true, force: true });
}
process.exit(0);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { json: { type: "boolean" }, quick: { type: "boolean" }, repeat: { type: "string", default: "5" } },
    });
    const repeat = Number(values.repeat);
    if (!Number.isInteger(repeat) || repeat < 1) throw new TypeError(`--repeat: expected 1 or more, got ${repeat}`);
    const quick = values.quick ?? false;
    return {
      json: values.json ?? false,
      quick,
      repeat: quick ? Math.min(repeat, 3) : repeat,
      events: quick ? 60_000 : 300_000,
    };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

async function ended(child: Child): Promise<void> {
  if (child.process.exitCode !== null) return;
  child.process.kill("SIGTERM");
  await once(child.process, "exit");
}

function middle(costs: readonly Cost[]): { perSecond: number; cpuUs: number } {
  return {
    perSecond: median(costs.map(({ perSecond }) => perSecond)),
    cpuUs: median(costs.map(({ cpuUs }) => cpuUs)),
  };
}

async function measureLatency(): Promise<Latency[]> {
  tell("a broker of its own, and latency at 10,000 events/s");
  const broker = await startBroker();
  try {
    const { brokers } = broker;
    const windows = { perSecond: 10_000, seconds: options.quick ? 1 : 3, windows: options.repeat };
    return await measured<Latency[]>("latency.ts", { brokers, url, ...windows });
  } finally {
    await broker.stop();
  }
}

async function measureStream() {
  const broker = await startBroker();
  try {
    const { brokers } = broker;
    tell(`${options.events} events into a topic of ${PARTITIONS} partitions`);
    const log = await openKafkaLog({ brokers });
    await ensureTopics(log, PARTITIONS);
    for (let from = 0; from < options.events; from += APPEND) {
      const entries = Array.from({ length: APPEND }, (_, i) => {
        const { orderId, json } = benchEvent(from + i, START);
        return { key: orderId, value: Buffer.from(json) };
      });
      await log.append(TOPICS.orders, entries);
    }
    await log.close();
    const results: Record<"read" | "parse" | "insert" | "stream", Cost[]> = {
      read: [],
      parse: [],
      insert: [],
      stream: [],
    };
    // In turn, so that a slow minute of the machine meets all of them.
    for (let turn = 0; turn < options.repeat; turn++) {
      for (const what of ["read", "parse", "insert", "stream"] as const) {
        const database = `bench_${what}_${turn}`;
        const cost = await measured<Cost>("stream.ts", { what, brokers, url, database, events: options.events });
        results[what].push(cost);
        tell(`${what} ${turn + 1}: ${Math.round(cost.perSecond)} events/s, ${cost.cpuUs.toFixed(2)} us of CPU each`);
      }
    }
    const { stream, ...parts } = results;
    return { costs: stream, ...parts };
  } finally {
    await broker.stop();
  }
}

async function measureReplay(events: number): Promise<number[]> {
  const file = join(root, "replay.ndjson");
  await writeFile(
    file,
    Array.from({ length: events }, (_, i) => `${benchEvent(i, START).json}\n`),
  );
  const results: number[] = [];
  for (let turn = 0; turn < options.repeat; turn++) {
    results.push(await replayed(file));
    tell(`replay ${turn + 1}: ${results.at(-1)} events/s`);
  }
  return results;
}

async function measureInstances(events: number): Promise<Figures["instances"]> {
  const columns = await columnsOf(url, "bench_columns");
  const all = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const one: number[] = [];
  const two: number[] = [];
  for (let turn = 0; turn < options.repeat; turn++) {
    const shares = [all.filter((partition) => partition % 2 === 0), all.filter((partition) => partition % 2 === 1)];
    one.push(await fold(columns, events, PARTITIONS, [all]));
    two.push(await fold(columns, events, PARTITIONS, shares));
    tell(`instances ${turn + 1}: one ${Math.round(one.at(-1) ?? 0)}, two ${Math.round(two.at(-1) ?? 0)} events/s`);
  }
  return { one: median(one), two: median(two) };
}

/** Of open orders and timers. */
async function measureOrders(): Promise<OrderFigures> {
  const orders = options.quick ? 250_000 : 5_000_000;
  tell(`${orders} open orders and their timers`);
  const child = startChild("orders.ts", ["--orders", String(orders)]);
  return JSON.parse(await child.line());
}
