import { expect, test } from "vitest";
import type { ConsumeOptions, Entry, Log, LogRecord } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { decodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import { MAX_RECORD_BYTES } from "../../ingest/contracts/read.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { runStream, type Tally } from "../../processors/shell/run.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { at, HOUR, T0, toRecords } from "./fold.ts";

/** Runs a stream over a log that hands out what the test gives it; everything that happened, in order. */
async function stream(options: { failing?: string; checkpointEvery?: number } = {}) {
  const happened: string[] = [];
  const letters: Entry[] = [];
  const tallies: Tally[] = [];
  let consuming: ConsumeOptions | undefined;
  let now = 0;
  let onCommit = () => {};
  let onFailed = () => {};
  const failed = new Promise<void>((resolve) => {
    onFailed = resolve;
  });
  const log = {
    async append(topic: string, entries: readonly Entry[]) {
      happened.push(`append ${topic}`);
      letters.push(...entries);
      return [];
    },
    async consume(given: ConsumeOptions) {
      consuming = given;
      return {
        done: Promise.resolve(),
        commit: async () => {
          happened.push("commit");
          onCommit();
        },
        stop: async () => {},
      };
    },
  } as unknown as Log;
  /** Checkpoints by slot, as far as `saveCheckpoint` asks for them. */
  const sealed: { slot: number; next_offset: number; chunks: number }[] = [];
  const store = {
    query: async () => sealed,
    async insert(table: string, rows: (typeof sealed)[number][]) {
      happened.push(`insert ${table}`);
      if (options.failing === table) {
        setImmediate(onFailed);
        throw new Error("no");
      }
      sealed.push(...rows.filter(({ chunks }) => chunks > 0));
    },
  } as unknown as Store;
  await runStream({
    log,
    store,
    writer: {
      async write(rows) {
        happened.push(`write ${[...rows.tables.keys()].join(" ")}`);
        if (options.failing === "write") throw new Error("no");
      },
    },
    process: "track",
    stream: "orders",
    createMachine: () => createTrack(trackPolicy.parse(undefined), "test"),
    policyVersion: "test",
    disorder: 0,
    checkpointEvery: options.checkpointEvery ?? HOUR,
    clock: () => now,
    onBatch: (tally) => tallies.push(tally),
  });
  const where = { topic: TOPICS.orders, partition: 2 };
  const given = consuming as ConsumeOptions;
  return {
    happened,
    letters,
    tallies,
    given,
    where,
    failed,
    nextCommit: () =>
      new Promise<void>((resolve) => {
        onCommit = resolve;
      }),
    pass: (ms: number) => {
      now += ms;
    },
    assign: () => given.assigned([where]),
    batch: (records: readonly LogRecord[]) => given.onBatch({ ...where, records, end: records.length + 4 }),
  };
}
const placed = { orderId: "o", kind: "placed", occurredAt: at(T0) };

test("a batch: dead letters, then rows and progress, then what it did is told", async () => {
  const it = await stream();
  expect(await it.assign()).toEqual([{ ...it.where, offset: 0 }]);
  await it.batch(toRecords([placed, { orderId: 1 }, { watermark: T0 + HOUR }, { ...placed, orderId: "late" }]));
  expect(it.happened).toEqual([`append ${TOPICS.deadLetters}`, "write order_events"]);
  expect(it.tallies).toMatchObject([
    { records: 4, rejected: 1, late: 1, open: 2, behind: 4, watermark: T0 + HOUR, partition: 2 },
  ]);
  await it.batch(toRecords([placed, { orderId: 1 }, { watermark: T0 + HOUR }, { ...placed, orderId: "late" }]));
  expect(it.tallies[1]).toMatchObject({ rejected: 0, late: 0, open: 2 });
});

test("a dead letter leads back to its record", async () => {
  const it = await stream();
  await it.assign();
  const records = toRecords([placed, { orderId: 1 }]);
  await it.batch(records);
  const letter = decodeDeadLetter((it.letters[0] as Entry).value);
  expect(letter).toMatchObject({
    value: { origin: "log", stream: "orders", source: `${TOPICS.orders}/2`, position: 1, reason: "invalid" },
  });
  expect(letter.kind === "ok" && letter.value.bytes).toEqual(records[1]?.value);
});

test("of a record too large a letter keeps the beginning: the log must be able to take it", async () => {
  const it = await stream();
  await it.assign();
  const value = Buffer.alloc(1_000_000, "x");
  await it.batch(toRecords([placed]).map((record) => ({ ...record, value })));
  const entry = it.letters[0] as Entry;
  expect(entry.value.length).toBeLessThan(2 * MAX_RECORD_BYTES);
  const letter = decodeDeadLetter(entry.value);
  expect(letter.kind === "ok" && letter.value.bytes).toEqual(value.subarray(0, MAX_RECORD_BYTES));
});

const ofCheckpoints = (happened: readonly string[]) => happened.filter((what) => !what.startsWith("write"));

test("a checkpoint when its time has come, while the batches go on, and when the partition is taken away", async () => {
  const it = await stream({ checkpointEvery: 1000 });
  await it.assign();
  await it.batch(toRecords([placed]));
  it.pass(1000);
  const committed = it.nextCommit();
  await it.batch(toRecords([placed, placed]));
  await it.batch(toRecords([placed, placed, placed]));
  await committed;
  // The head, the page, the seal.
  expect(ofCheckpoints(it.happened)).toEqual(["insert checkpoints", "insert checkpoints", "commit"]);
  it.happened.length = 0;
  await it.given.revoked([it.where]);
  expect(it.happened).toEqual(["insert checkpoints", "insert checkpoints", "commit"]);
  await expect(it.batch(toRecords([placed]))).rejects.toThrow("to be assigned");
});

test("a partition that is given back as it was taken leaves no checkpoint", async () => {
  const it = await stream();
  await it.assign();
  await it.given.revoked([it.where]);
  expect(it.happened).toEqual([]);
});

test("a checkpoint that failed ends the process with the next batch", async () => {
  const it = await stream({ failing: "checkpoints", checkpointEvery: 0 });
  await it.assign();
  await it.batch(toRecords([placed]));
  await it.failed;
  await expect(it.batch(toRecords([placed, placed]))).rejects.toThrow("no");
});

test("what cannot be stored is neither told nor kept as a checkpoint", async () => {
  const it = await stream({ failing: "write", checkpointEvery: 0 });
  await it.assign();
  await expect(it.batch(toRecords([placed]))).rejects.toThrow("no");
  expect(it.happened).toEqual(["write order_events"]);
  expect(it.tallies).toEqual([]);
});
