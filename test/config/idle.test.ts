import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type IdleWatch, watchIdle } from "../../infra/idle.ts";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import type { Log } from "../../infra/log/port.ts";
import { decodeWatermark } from "../../ingest/contracts/watermark.ts";

const NOW = Date.parse("2026-03-02T00:00:00Z");
const AFTER = 600;
let directory: string;
let log: Log;
let watch: IdleWatch | undefined;
let now = NOW;
let looks = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "tocsin-idle-"));
  log = await openEmbeddedLog({ dir: directory, fsync: "never" });
  await log.ensure({ t: 3, u: 1 });
  now = NOW;
  looks = 0;
});
afterEach(async () => {
  await watch?.stop();
  watch = undefined;
  await log.close();
  await rm(directory, { recursive: true, force: true });
});

/** The watch looks at its topics in turn; a test waits for whole rounds and sets the clock between them. */
function start(): void {
  const counting: Log = {
    ...log,
    async ends(topic) {
      const ends = await log.ends(topic);
      if (topic === "u") looks += 1;
      return ends;
    },
  };
  watch = watchIdle(
    counting,
    ["t", "u"],
    AFTER,
    () => now,
    (error) => {
      throw error;
    },
  );
}
const round = async () => {
  const before = looks;
  await vi.waitUntil(() => looks >= before + 2, { timeout: 10_000, interval: 20 });
};
const write = (partition: number) => log.append("t", [{ key: null, value: Buffer.from("{}"), partition }]);

/** What every partition of a topic holds: an event, or a watermark by its distance from the beginning. */
async function held(topic: string): Promise<(number | "event")[][]> {
  const ends = await log.ends(topic);
  const found: (number | "event")[][] = ends.map(() => []);
  const consumer = await log.consume({
    group: `g${Math.floor(now)}${topic}`,
    topics: [topic],
    assigned: async () => [],
    revoked: async () => {},
    async onBatch({ partition, records }) {
      for (const { value } of records) {
        const mark = decodeWatermark(value);
        found[partition]?.push(mark === undefined ? "event" : mark - NOW);
      }
    },
  });
  await vi.waitUntil(() => ends.every((end, partition) => (found[partition]?.length ?? 0) >= end), { interval: 10 });
  await consumer.stop();
  return found;
}

test("idle partitions are told how late it is, busy ones are not", async () => {
  start();
  await round();
  expect(await log.ends("t")).toEqual([0, 0, 0]);
  now += AFTER - 1;
  await round();
  expect(await log.ends("t")).toEqual([0, 0, 0]);
  await write(1);
  await round();
  now += 1;
  await round();
  await watch?.stop();
  const [first, busy, third] = await held("t");
  expect(busy).toEqual(["event"]);
  for (const marks of [first, third]) {
    expect(marks?.length).toBeGreaterThan(0);
    // Nobody is told a time that a sender may still be writing.
    expect(new Set(marks)).toEqual(new Set([0]));
  }
});

test("its own watermarks are no activity, and time goes on while nobody writes", async () => {
  start();
  await round();
  now += AFTER;
  await round();
  now += 5000;
  await round();
  await watch?.stop();
  for (const marks of [...(await held("t")), ...(await held("u"))]) {
    expect(marks.at(-1)).toBe(5000);
    expect([...marks].sort((a, b) => Number(a) - Number(b))).toEqual(marks);
  }
});

test("a partition that is written to again is left alone until it was quiet as long as the others", async () => {
  start();
  await round();
  now += AFTER;
  await round();
  await write(1);
  await round();
  const [, before] = await log.ends("t");
  now += AFTER - 1;
  await round();
  expect((await log.ends("t"))[1]).toBe(before);
  now += 1;
  await round();
  await watch?.stop();
  const [, marks = []] = await held("t");
  expect(marks.indexOf("event")).toBeGreaterThan(0);
  expect(marks.at(-1)).toBe(AFTER);
});

test("stopped, it writes no more and ends at once", async () => {
  start();
  await round();
  now += AFTER;
  await round();
  await watch?.stop();
  await watch?.done;
  const ends = await log.ends("t");
  now += 10 * AFTER;
  expect(await log.ends("t")).toEqual(ends);
});

test("a log that fails is told of, and tried again", async () => {
  let failures = 0;
  const failing: Log = {
    ...log,
    async ends(topic) {
      if (failures < 2) throw new Error("no disk");
      looks += 1;
      return log.ends(topic);
    },
  };
  watch = watchIdle(
    failing,
    ["t"],
    AFTER,
    () => now,
    () => {
      failures += 1;
    },
  );
  await round();
  expect(failures).toBe(2);
});
