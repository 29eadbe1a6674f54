import { copyFile, mkdir, open, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bodyIsTrue,
  decodeHeader,
  decodeRecords,
  encodeFrame,
  entryBytes,
  HEADER_BYTES,
} from "../../infra/log/embedded/frame.ts";
import type { Repair } from "../../infra/log/embedded/recover.ts";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import type { LogRecord } from "../../infra/log/port.ts";
import { folder, partitionFile, readAll } from "./files.ts";
import { startReading } from "./reading.ts";

const TOPIC = "orders";

async function filled(appends: number, segmentBytes = 64 << 20): Promise<string> {
  const dir = await folder();
  const log = await openEmbeddedLog({ dir, segmentBytes });
  await log.ensure({ [TOPIC]: 1 });
  for (let i = 0; i < appends; i++) await log.append(TOPIC, [{ key: `k${i}`, value: Buffer.from(`value ${i}`) }]);
  await log.close();
  return dir;
}

test("what a frame holds comes out of it", () => {
  const entry = fc.record({
    key: fc.option(fc.string({ unit: "grapheme" })),
    value: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(entry), fc.nat(), fc.nat(), fc.nat(40), (entries, first, at, skip) => {
      const bytes = entries.reduce((sum, e) => sum + entryBytes(e), 0);
      const frame = encodeFrame(entries, bytes, first, at);
      const header = decodeHeader(frame, 0);
      if (header === undefined) throw new Error("expected a header");
      const body = frame.subarray(HEADER_BYTES);
      expect(bodyIsTrue(header, body)).toBe(true);
      const out: LogRecord[] = [];
      decodeRecords(header, body, first + skip, out);
      const all = entries.map(({ key, value }, i) => ({ offset: first + i, appendedAt: at, key, value }));
      expect(out).toEqual(all.slice(skip));
    }),
  );
});

test("a frame with any bit turned is not true", () => {
  const entries = [{ key: "order-1", value: Buffer.from("picked up") }];
  const frame = encodeFrame(
    entries,
    entries.reduce((sum, e) => sum + entryBytes(e), 0),
    7,
    1_700_000_000_000,
  );
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const damaged = Buffer.from(frame);
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    const header = decodeHeader(damaged, 0);
    expect(header !== undefined && bodyIsTrue(header, damaged.subarray(HEADER_BYTES))).toBe(false);
  }
});

test("wherever the last write was torn, all before it is kept, the rest is cut, told, and written anew", async () => {
  const dir = await filled(3);
  const file = partitionFile(dir, TOPIC);
  const whole = await readFile(file);
  const lastFrame = whole.length / 3;
  expect(Number.isInteger(lastFrame)).toBe(true);
  for (let cut = 1; cut < lastFrame; cut++) {
    const torn = await folder();
    await mkdir(dirname(partitionFile(torn, TOPIC)), { recursive: true });
    await copyFile(join(dir, "topics", TOPIC, "topic.json"), join(torn, "topics", TOPIC, "topic.json"));
    await writeFile(partitionFile(torn, TOPIC), whole.subarray(0, whole.length - cut));
    const repairs: Repair[] = [];
    const log = await openEmbeddedLog({ dir: torn, fsync: "never", onRepair: (repair) => repairs.push(repair) });
    expect(repairs).toEqual([
      { file: partitionFile(torn, TOPIC), keptBytes: 2 * lastFrame, cutBytes: lastFrame - cut },
    ]);
    expect(await log.append(TOPIC, [{ key: "k", value: Buffer.from("anew") }])).toEqual([
      { topic: TOPIC, partition: 0, offset: 2 },
    ]);
    await log.close();
    const values = (await readAll(torn, TOPIC)).map(({ value }) => value.toString());
    expect(values).toEqual(["value 0", "value 1", "anew"]);
  }
});

test("zeros behind the end, as a power cut leaves them, are cut", async () => {
  const dir = await filled(3);
  const file = partitionFile(dir, TOPIC);
  const { size } = await stat(file);
  await truncate(file, size + 4096);
  expect((await readAll(dir, TOPIC)).length).toBe(3);
  expect((await stat(file)).size).toBe(size);
});

test("damage in the middle is refused with file and place, and nothing is cut", async () => {
  const dir = await filled(5);
  const file = partitionFile(dir, TOPIC);
  const { size } = await stat(file);
  await flip(file, size / 5 + 50);
  await expect(openEmbeddedLog({ dir })).rejects.toThrow(`${file}: damaged at byte ${size / 5}`);
  expect((await stat(file)).size).toBe(size);
  // The lock was given back, so the message is the same again.
  await expect(openEmbeddedLog({ dir })).rejects.toThrow("damaged at byte");
});

test("damage in an older file is refused when it is read", async () => {
  const dir = await filled(20, 200);
  const file = partitionFile(dir, TOPIC, 0, 3);
  await flip(file, 20);
  const log = await openEmbeddedLog({ dir });
  const reading = await startReading(log, { group: "g", topics: [TOPIC] });
  await expect(reading.consumer.done).rejects.toThrow(`${file}: damaged at byte 0`);
  expect(reading.records().length).toBe(3);
  await log.close();
});

test("a log that is opened again has its records, counts and places", async () => {
  const dir = await folder();
  const first = await openEmbeddedLog({ dir, segmentBytes: 2000, now: () => 1234 });
  await first.ensure({ [TOPIC]: 3 });
  for (let i = 0; i < 50; i++) {
    await first.append(
      TOPIC,
      [0, 1, 2].map((partition) => ({ key: null, value: Buffer.from(`${i}`), partition })),
    );
  }
  await first.close();
  await expect(first.append(TOPIC, [{ key: "a", value: Buffer.from("late") }])).rejects.toThrow(/closed/);
  const second = await openEmbeddedLog({ dir, segmentBytes: 2000 });
  expect(await second.ends(TOPIC)).toEqual([50, 50, 50]);
  await expect(second.ensure({ [TOPIC]: 4 })).rejects.toThrow(/expected 4 partitions, got 3/);
  const from = [{ topic: TOPIC, partition: 1, offset: 33 }];
  const reading = await startReading(second, { group: "g", topics: [TOPIC], from });
  await reading.until(() => reading.records().length === 50 + 17 + 50);
  await second.close();
  await reading.consumer.done;
  expect(reading.records(1).map(({ offset, value }) => [offset, Number(value)])).toEqual(
    Array.from({ length: 17 }, (_, i) => [33 + i, 33 + i]),
  );
  expect(new Set(reading.records().map(({ appendedAt }) => appendedAt))).toEqual(new Set([1234]));
});

async function flip(file: string, at: number): Promise<void> {
  const handle = await open(file, "r+");
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ 0x10, 0);
  await handle.write(byte, 0, 1, at);
  await handle.close();
}
