import { expect, test } from "vitest";
import type { ConsumeOptions, Entry, Log, LogRecord } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { decodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import { MAX_RECORD_BYTES } from "../../ingest/contracts/read.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { runStream, type Tally } from "../../processors/shell/run.ts";
import { collectRows } from "../../processors/shell/writer.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { at, HOUR, T0, toRecords } from "./fold.ts";

/** Runs a stream over a log that hands out what the test gives it; everything that happened, in order. */
async function stream(options: { failing?: string; checkpointEvery?: number; slow?: boolean } = {}) {
  const happened: string[] = [];
  const letters: Entry[] = [];
  const tallies: Tally[] = [];
  let consuming: ConsumeOptions | undefined;
  let now = 0;
  let onCommit = () => {};
  let onFailed = () => {};
  let onStopped = () => {};
  const stopped = new Promise<void>((resolve) => {
    onStopped = resolve;
  });
  /** Of a slow writer: the writes under way, in order. */
  const writes: { end(): void; fail(error: Error): void }[] = [];
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
        stop: async () => onStopped(),
      };
    },
  } as unknown as Log;
  /** Checkpoints by slot, as far as `saveCheckpoint` asks for them. */
  const sealed: { slot: number; next_offset: number; chunks: number }[] = [];
  const store = {
    query: async () => sealed.map((row) => ({ ...row, whole: 1 })),
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
      collect: collectRows,
      write(rows) {
        happened.push(`write ${[...rows.tables.keys()].join(" ")}`);
        if (options.failing === "write") return Promise.reject(new Error("no"));
        if (!options.slow) return Promise.resolve();
        return new Promise((resolve, fail) => writes.push({ end: resolve, fail }));
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
    stopped,
    writes,
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

test("what cannot be stored is neither told nor kept as a checkpoint, and ends the consumer without another batch", async () => {
  const it = await stream({ failing: "write", checkpointEvery: 0 });
  await it.assign();
  await it.batch(toRecords([placed]));
  await it.stopped;
  expect(it.happened).toEqual(["write order_events"]);
  expect(it.tallies).toEqual([]);
  await expect(it.batch(toRecords([placed, placed]))).rejects.toThrow("no");
  await expect(it.given.revoked([it.where])).rejects.toThrow("no");
  expect(it.happened).toEqual(["write order_events"]);
});

/** Until everything that can happen by itself has happened. */
const quiet = () => new Promise((resolve) => setImmediate(resolve));

test("a batch is folded while the one before it is stored, and written after it", async () => {
  const it = await stream({ slow: true });
  await it.assign();
  const records = toRecords([placed, { ...placed, orderId: "b" }, { ...placed, orderId: "c" }]);
  await it.batch(records.slice(0, 1));
  let second = false;
  const folding = it.batch(records.slice(1, 2)).then(() => {
    second = true;
  });
  await quiet();
  expect([it.writes.length, second, it.tallies.length]).toEqual([1, false, 0]);
  it.writes[0]?.end();
  await folding;
  expect(it.writes).toHaveLength(2);
  expect(it.tallies.map(({ next }) => next)).toEqual([1]);
  // What is on its way is waited for before the partition is given back.
  const back = it.given.revoked([it.where]);
  await quiet();
  expect(it.happened).not.toContain("insert checkpoints");
  it.writes[1]?.end();
  await back;
  expect(it.tallies.map(({ next }) => next)).toEqual([1, 2]);
  expect(it.happened.at(-1)).toBe("commit");
});

test("nothing is written behind a write that failed", async () => {
  const it = await stream({ slow: true });
  await it.assign();
  const records = toRecords([placed, { ...placed, orderId: "b" }]);
  await it.batch(records.slice(0, 1));
  const folded = it.batch(records.slice(1));
  it.writes[0]?.fail(new Error("disk full"));
  await expect(folded).rejects.toThrow("disk full");
  await it.stopped;
  expect(it.writes).toHaveLength(1);
  expect(it.tallies).toEqual([]);
});

test("a checkpoint of what is not stored yet waits for it", async () => {
  const it = await stream({ slow: true, checkpointEvery: 0 });
  await it.assign();
  await it.batch(toRecords([placed]));
  await quiet();
  expect(it.happened).toEqual(["write order_events"]);
  const committed = it.nextCommit();
  it.writes[0]?.end();
  await committed;
  expect(it.happened).toEqual(["write order_events", "insert checkpoints", "insert checkpoints", "commit"]);
});
