// One measurement of the stream in a process of its own; started by main.ts.

import { workingCalendar } from "../../forecasting/dwell/holidays.ts";
import { readRecord } from "../../ingest/contracts/read.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { factOf } from "../../processors/track/fact.ts";
import { readPolicy } from "../config/policy.ts";
import { openKafkaLog } from "../log/kafka.ts";
import type { LogRecord } from "../log/port.ts";
import { startPipeline } from "../pipeline.ts";
import { migrate } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";
import { cpuUs, optionsOf } from "./child.ts";

interface Options {
  readonly what: "read" | "parse" | "decode" | "insert" | "stream";
  readonly brokers: string[];
  readonly url: string;
  readonly database: string;
  readonly events: number;
}
export interface Cost {
  /** Events behind the figures: those after the first batch. */
  readonly events: number;
  readonly perSecond: number;
  /** CPU of this process, us an event. */
  readonly cpuUs: number;
}

const INSERT_ROWS = 20_000;
const { what, brokers, url, database, events } = optionsOf<Options>();
const log = await openKafkaLog({ brokers, logger: () => {} });
const store = await openStore({ url, database });
await migrate(store, { log: { info: () => {} } });
const cost = what === "stream" ? await stream() : await bare(what);
process.stdout.write(`${JSON.stringify(cost)}\n`);
await log.close();
await store.close();
process.exit(0);

/** Counts from the end of the first batch, when everybody has joined the group, to the end of the last. */
function gauge() {
  let first: { at: number; cpu: number } | undefined;
  let counted = 0;
  let seen = 0;
  let finish: (cost: Cost) => void;
  const done = new Promise<Cost>((resolve) => {
    finish = resolve;
  });
  return {
    done,
    add(records: number): boolean {
      seen += records;
      if (first === undefined) first = { at: performance.now(), cpu: cpuUs() };
      else counted += records;
      if (seen < events) return false;
      const seconds = (performance.now() - first.at) / 1000;
      finish({ events: counted, perSecond: counted / seconds, cpuUs: (cpuUs() - first.cpu) / counted });
      return true;
    },
  };
}

async function stream(): Promise<Cost> {
  const { add, done } = gauge();
  const { policy, version } = readPolicy(undefined);
  const pipeline = await startPipeline({
    alone: false,
    log,
    store,
    // Only `track` runs here: nobody learns, so nothing is waited for.
    policy: { ...policy, learn: { ...policy.learn, every: "off" } },
    policyVersion: version,
    checkpointEvery: 30_000,
    clock: Date.now,
    above: () => undefined,
    holiday: () => false,
    country: "CN",
    utcOffset: 8,
    calendar: workingCalendar("CN", 8),
    onAwaited: () => {},
    placeName: (_, value) => ({ "zh-CN": value, en: value }),
    sinks: [],
    only: ["track"],
    onBatch: ({ records }) => void add(records),
    onStep: () => {},
  });
  const cost = await Promise.race([done, pipeline.done.then(() => Promise.reject(new Error("the pipeline ended")))]);
  await pipeline.stop();
  return cost;
}

/** The parts by themselves: reading the topic and dropping it; then, from memory, each of the others. */
async function bare(part: Exclude<Options["what"], "stream">): Promise<Cost> {
  const { add, done } = gauge();
  const kept: LogRecord[] = [];
  const wanted = part === "read" ? 0 : Math.min(events, 200_000);
  const consumer = await log.consume({
    group: `bench-${part}-${database}`,
    topics: [TOPICS.orders],
    assigned: async () => [],
    revoked: async () => {},
    onBatch: async ({ records }) => {
      if (kept.length < wanted) kept.push(...records);
      add(records.length);
    },
  });
  const cost = await done;
  await consumer.stop();
  if (part === "read") return cost;
  if (part === "parse") return timed(kept, ({ value }) => JSON.parse(value.toString("utf8")));
  const read = ({ value, appendedAt }: LogRecord) => readRecord("orders", value, appendedAt);
  if (part === "decode") return timed(kept, read);
  const rows = kept.flatMap((record) => {
    const event = read(record);
    const moment = { partition: 0, offset: record.offset, at: record.appendedAt };
    return event.kind === "ok" ? [factOf(event.value, moment)] : [];
  });
  await store.insert("order_events", rows.slice(0, INSERT_ROWS));
  const from = { at: performance.now(), cpu: cpuUs() };
  for (let at = 0; at < rows.length; at += INSERT_ROWS) {
    await store.insert("order_events", rows.slice(at, at + INSERT_ROWS));
  }
  const seconds = (performance.now() - from.at) / 1000;
  return { events: rows.length, perSecond: rows.length / seconds, cpuUs: (cpuUs() - from.cpu) / rows.length };
}

function timed(records: readonly LogRecord[], work: (record: LogRecord) => unknown): Cost {
  const half = records.length >> 1;
  for (const record of records.slice(0, half)) work(record);
  const rest = records.slice(half);
  const from = { at: performance.now(), cpu: cpuUs() };
  for (const record of rest) work(record);
  const seconds = (performance.now() - from.at) / 1000;
  return { events: rest.length, perSecond: rest.length / seconds, cpuUs: (cpuUs() - from.cpu) / rest.length };
}
