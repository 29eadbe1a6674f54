import { truncate, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { decodeWatermark } from "../../ingest/contracts/watermark.ts";
import { readLines } from "../../ingest/lines.ts";
import { mergeByTime } from "../../ingest/merge.ts";
import { type ReplayOptions, replay } from "../../ingest/replay.ts";
import { fileWith, folder, openLog, PARTITIONS, readAll } from "./files.ts";
import { complaint, NOW, order } from "./samples.ts";

const START = Date.UTC(2026, 5, 18);
const MINUTE = 60_000;
const iso = (at: number) => new Date(at).toISOString();
const lines = (events: readonly object[]) => events.map((event) => `${JSON.stringify(event)}\n`).join("");
const orders = (count: number, everyMs: number, prefix = "O", from = START) =>
  Array.from({ length: count }, (_, n) => order({ orderId: `${prefix}${n}`, occurredAt: iso(from + n * everyMs) }));

/** A wall clock that only sleeping moves. */
function fakeTime() {
  let now = NOW;
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
    now += ms;
  };
  return { clock: () => now, sleep, slept };
}
/** The lines that can be read of a file that breaks off. */
async function wholeLines(file: string): Promise<number> {
  let count = 0;
  try {
    for await (const lines of readLines(file)) count += lines.length;
  } catch {}
  return count;
}
const still: ReplayOptions = { clock: () => NOW, sleep: () => Promise.reject(new Error("nobody should sleep")) };

async function run(files: readonly string[], options: ReplayOptions = still) {
  const log = await openLog();
  try {
    const counts = await replay(files, log, options);
    const [parts, complaints, context, letters] = [
      await readAll(log, TOPICS.orders),
      await readAll(log, TOPICS.complaints),
      await readAll(log, TOPICS.context),
      await readAll(log, TOPICS.deadLetters),
    ];
    return { counts, orders: parts, complaints, context: context.flat(), letters: letters.flat() };
  } finally {
    await log.close();
  }
}
type Records = Awaited<ReturnType<typeof readAll>>[number];
const marksOf = (records: Records) => records.flatMap(({ value }) => decodeWatermark(value) ?? []);
const eventsOf = (records: Records) =>
  records.filter(({ value }) => decodeWatermark(value) === undefined).map(({ value }) => JSON.parse(value.toString()));

describe("replay", () => {
  test("every event is in its topic, and behind it a watermark on every partition", async () => {
    const mixed = [
      ...orders(5000, 1000),
      complaint({ occurredAt: iso(START + 1) }),
      complaint({ complaintId: "K2", occurredAt: iso(START + 2) }),
    ];
    const result = await run([await fileWith(lines(mixed))]);
    expect(result.counts).toEqual({
      records: 5002,
      accepted: { orders: 5000, complaints: 2, context: 0 },
      rejected: 0,
      reasons: {},
      from: START,
      to: START + 4999 * 1000,
    });
    expect(result.orders.flatMap(eventsOf)).toHaveLength(5000);
    const marks = [START + 1999 * 1000, START + 3999 * 1000, START + 4999 * 1000, START + 4999 * 1000 + 1];
    expect(result.orders).toHaveLength(PARTITIONS);
    for (const records of [...result.orders, ...result.complaints, result.context])
      expect(marksOf(records)).toEqual(marks);
    for (const records of result.orders) {
      let promised = 0;
      for (const { value } of records) {
        const mark = decodeWatermark(value);
        if (mark === undefined)
          expect(Date.parse(JSON.parse(value.toString()).occurredAt)).toBeGreaterThanOrEqual(promised);
        else promised = mark;
      }
    }
  });

  test("the same files give the same log, byte for byte, gzipped or not", async () => {
    const text = lines([...orders(3000, 700), complaint()])
      .replace('"O7"', '"O7')
      .concat("{oops\n");
    const file = await fileWith(text);
    const plain = await run([file]);
    await writeFile(file, gzipSync(text));
    const packed = await run([file]);
    expect(packed).toEqual(plain);
    expect(plain.counts.reasons).toEqual({ not_json: 2 });
  });

  test("several files are merged by event time, each in its own order", async () => {
    const even = orders(50, 2 * MINUTE, "A");
    const odd = orders(50, 2 * MINUTE, "B", START + MINUTE).map((event) => ({ ...event, orderId: "same" }));
    const files = [
      await fileWith(lines(odd)),
      await fileWith(gzipSync(lines(even.map((e) => ({ ...e, orderId: "same" }))))),
    ];
    const { orders: parts } = await run(files);
    const times = parts.flatMap(eventsOf).map(({ occurredAt }) => Date.parse(occurredAt));
    expect(times).toEqual(Array.from({ length: 100 }, (_, n) => START + n * MINUTE));
  });

  test("bad lines become dead letters with their file and line; the rest goes on", async () => {
    const huge = `{"a":"${"x".repeat(10 * 1024 * 1024)}"}`;
    const old = JSON.stringify(order({ occurredAt: "1970-01-01T00:00:00Z" }));
    const wild = JSON.stringify(order({ occurredAt: "2099-01-01T00:00:00Z" }));
    const file = await fileWith(["{oops", "", huge, old, wild, '{"a":1}', JSON.stringify(order())].join("\n"));
    const { counts, letters, orders: parts } = await run([file]);
    expect(counts).toMatchObject({ records: 6, rejected: 5, accepted: { orders: 1 } });
    const read = letters.map(({ value }) => decodeDeadLetter(value));
    expect(read).toMatchObject(
      [
        [1, "not_json"],
        [3, "too_large"],
        [4, "time_too_old"],
        [5, "time_in_future"],
        [6, "unknown_stream"],
      ].map(([position, reason]) => ({ value: { origin: "edge", source: file, position, reason, receivedAt: NOW } })),
    );
    expect(marksOf(parts[0] ?? []).at(-1)).toBe(Date.parse("2026-06-18T02:00:00Z") + 1);
  });

  test("what is announced for later moves no watermark", async () => {
    const promotion = {
      kind: "promotion",
      id: "P",
      name: "11.11",
      from: "2026-11-11T00:00:00Z",
      to: "2026-11-12T00:00:00Z",
    };
    const { context, counts } = await run([await fileWith(lines([promotion, ...orders(2, MINUTE)]))]);
    expect(counts.to).toBe(START + MINUTE);
    expect(eventsOf(context)).toHaveLength(1);
    expect(marksOf(context)).toEqual([START + MINUTE, START + MINUTE + 1]);
  });

  test("an empty file gives an empty log; a folder and a missing file a clear error", async () => {
    const { counts, orders: parts } = await run([await fileWith("")]);
    expect(counts).toMatchObject({ records: 0, from: undefined });
    expect(parts.flat()).toEqual([]);
    const dir = await folder();
    await expect(run([dir])).rejects.toThrow(`${dir}: expected a file, got a directory`);
    await expect(run([await fileWith(lines(orders(3, 1))), `${dir}/none`])).rejects.toThrow(
      /found nothing of that name/,
    );
  });

  test("a gzip that breaks off: what came before it is in the log, then the error", async () => {
    const file = await fileWith(gzipSync(lines(orders(30_000, 1000))), "cut.gz");
    await truncate(file, 40_000);
    const log = await openLog();
    await expect(replay([file], log, still)).rejects.toThrow(/cut\.gz: .*breaks off/);
    const events = (await readAll(log, TOPICS.orders)).flatMap(eventsOf);
    expect(events.length).toBe(await wholeLines(file));
    expect(events.length % 2000).not.toBe(0);
    expect(new Set(events.map(({ orderId }) => orderId)).size).toBe(events.length);
    await log.close();
  });

  test("tells how far it is, and stops when asked to", async () => {
    const file = await fileWith(lines(orders(10_000, 1000)));
    const stop = new AbortController();
    const seen: number[] = [];
    const options = {
      ...still,
      signal: stop.signal,
      onProgress: ({
        records,
        bytes,
        totalBytes,
      }: {
        records: number;
        bytes: number;
        totalBytes: number | undefined;
      }) => {
        expect(bytes).toBeLessThanOrEqual(totalBytes ?? 0);
        seen.push(records);
        if (records >= 4000) stop.abort(new Error("enough"));
      },
    };
    await expect(run([file], options)).rejects.toThrow("enough");
    expect(seen).toEqual([2000, 4000]);
  });
});

describe("at a pace", () => {
  test("event time passes at the speed asked for, with a watermark every ten minutes and no batch held back", async () => {
    const time = fakeTime();
    const events = [...orders(10, MINUTE), ...orders(1, 1, "late", START + 3 * 60 * MINUTE)];
    const at: (number | undefined)[] = [];
    const options = { ...time, speed: 600, onProgress: ({ at: mark }: { at: number | undefined }) => at.push(mark) };
    const { orders: parts, counts } = await run([await fileWith(lines(events))], options);
    expect(counts.accepted.orders).toBe(11);
    const span = 3 * 60 * MINUTE;
    expect(time.clock() - NOW).toBeCloseTo(span / 600, 0);
    const marks = marksOf(parts[0] ?? []);
    expect(marks).toEqual([...Array.from({ length: 18 }, (_, n) => START + (n + 1) * 10 * MINUTE), START + span + 1]);
    expect(Math.max(...time.slept)).toBeLessThanOrEqual(1000);
    expect(at).toHaveLength(19);
  });

  test("is the same log however the clock runs", async () => {
    const file = await fileWith(lines(orders(200, 13_000)));
    const slow = fakeTime();
    let late = NOW;
    const behind = { clock: () => (late += 5000), sleep: async () => {} };
    const [one, two] = [await run([file], { ...slow, speed: 60 }), await run([file], { ...behind, speed: 60 })];
    expect(two.orders).toEqual(one.orders);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("a speed of %s is refused", async (speed) => {
    await expect(run([await fileWith(lines(orders(1, 1)))], { ...still, speed })).rejects.toThrow(
      /expected a speed above 0/,
    );
  });
});

test("merging loses nothing, keeps each source's order, and sorts sorted sources", async () => {
  const source = fc.array(fc.array(fc.option(fc.nat(50), { nil: undefined }), { maxLength: 5 }), { maxLength: 5 });
  const arbitrary = fc.array(source, { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(arbitrary, fc.boolean(), async (sources, sorted) => {
      const items = sources.map((batches, from) => {
        const times = batches.flat();
        if (sorted) times.splice(0, times.length, ...times.map((t) => t ?? 0).sort((a, b) => a - b));
        let n = 0;
        return batches.map((batch) => batch.map(() => ({ from, n, at: times[n++] })));
      });
      const merged = [];
      for await (const run of mergeByTime(items.map(feed))) merged.push(...run);
      for (const [from, batches] of items.entries())
        expect(merged.filter((item) => item.from === from)).toEqual(batches.flat());
      if (sorted)
        expect(merged.map(({ at }) => at)).toEqual(
          items
            .flat(2)
            .map(({ at }) => at ?? 0)
            .sort((a, b) => a - b),
        );
    }),
  );
  async function* feed<T>(batches: readonly T[]): AsyncGenerator<T> {
    yield* batches;
  }
});
