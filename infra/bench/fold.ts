// One instance's share of the partitions, from records in memory to encoded rows; started by main.ts. Broker and store
// are elsewhere, so what two of these do beside each other is what a second core brings.
import type { LogRecord } from "../../infra/log/port.ts";
import { createPartition } from "../../processors/shell/partition.ts";
import { collectRows } from "../../processors/shell/writer.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { readPolicy } from "../config/policy.ts";
import { partitionOf } from "../log/partition.ts";
import { binaryChunks, type Column, createRowCoder } from "../store/binary.ts";
import { CHUNK_LIMITS } from "../store/chunks.ts";
import { cpuUs, optionsOf } from "./child.ts";
import { benchEvent } from "./events.ts";

interface Options {
  readonly columns: Column[];
  readonly partitions: number[];
  readonly of: number;
  readonly events: number;
}
const BATCH = 5000;
const START = Date.UTC(2026, 0, 1);

const { columns, partitions, of, events } = optionsOf<Options>();
const records = new Map<number, LogRecord[]>(partitions.map((partition) => [partition, []]));
for (let i = 0; i < events; i++) {
  const { orderId, json } = benchEvent(i, START);
  const mine = records.get(partitionOf(orderId, of));
  mine?.push({ offset: mine.length, appendedAt: START + 366 * 86_400_000, key: orderId, value: Buffer.from(json) });
}
const { policy, version } = readPolicy(undefined);
const folds = partitions.map((partition) => ({
  partition,
  fold: createPartition({
    stream: "orders",
    partition,
    machine: createTrack(policy.track, version),
    disorder: policy.disorder,
  }),
}));
process.stdout.write("ready\n");
await new Promise<void>((go) => process.stdin.once("data", () => go()));

const from = { at: performance.now(), cpu: cpuUs() };
let count = 0;
let bytes = 0;
for (let at = 0; at * of < 2 * events; at += BATCH) {
  for (const { partition, fold } of folds) {
    const rows = collectRows();
    for (const record of records.get(partition)?.slice(at, at + BATCH) ?? []) {
      count++;
      fold.feed(record, rows.out, () => {});
    }
    for (const list of rows.tables.values()) {
      const coder = createRowCoder(columns, list[0] as object);
      for (const chunk of (coder && binaryChunks(list, coder, CHUNK_LIMITS)) ?? []) bytes += chunk.length;
    }
  }
}
const seconds = (performance.now() - from.at) / 1000;
process.stdout.write(`${JSON.stringify({ events: count, seconds, cpuUs: (cpuUs() - from.cpu) / count, bytes })}\n`);
process.exit(0);
