import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partitionOf } from "../../infra/log/partition.ts";
import type { Entry, Log, LogRecord, Position } from "../../infra/log/port.ts";
import { gate, startReading } from "./reading.ts";

const PARTITIONS = 4;

function numbered(count: number, key: (i: number) => string | null = (i) => `key-${i % 17}`): Entry[] {
  return Array.from({ length: count }, (_, i) => ({ key: key(i), value: Buffer.from(`value ${i}`) }));
}

function texts(records: readonly LogRecord[]): string[] {
  return records.map((record) => record.value.toString());
}

/** What every adapter of the log port keeps. */
export function logContract(name: string, open: () => Promise<Log>): void {
  describe(`${name} keeps the contract of the log`, () => {
    let log: Log;
    let last = 0;
    const run = randomBytes(4).toString("hex");

    async function topic(partitions = PARTITIONS): Promise<string> {
      last += 1;
      const created = `contract-${run}-${last}`;
      await log.ensure({ [created]: partitions });
      return created;
    }

    beforeAll(async () => {
      log = await open();
    });
    afterAll(() => log.close());

    test("ensure makes what is missing, again is nothing, another count is refused", async () => {
      const made = await topic(3);
      expect(await log.partitions(made)).toBe(3);
      expect(await log.ends(made)).toEqual([0, 0, 0]);
      await log.ensure({ [made]: 3 });
      await expect(log.ensure({ [made]: 5, [`${made}-more`]: 1 })).rejects.toThrow(/expected 5 partitions, got 3/);
      await expect(log.partitions(`${made}-more`)).rejects.toThrow(/none of that name/);
      await Promise.all([log.ensure({ [`${made}-two`]: 2 }), log.ensure({ [`${made}-two`]: 2 })]);
      expect(await log.partitions(`${made}-two`)).toBe(2);
    });

    test("a topic nobody made is an error that names it", async () => {
      const none = `none-${run}`;
      await expect(log.append(none, numbered(1))).rejects.toThrow(none);
      await expect(log.ends(none)).rejects.toThrow(none);
      await expect(log.partitions(none)).rejects.toThrow(none);
      const consume = { group: "g", topics: [none], assigned: async () => [], revoked: noop, onBatch: noop };
      await expect(log.consume(consume)).rejects.toThrow(none);
    });

    test("wrong entries are refused and leave nothing behind", async () => {
      const on = await topic(2);
      const good: Entry = { key: "a", value: Buffer.from("a") };
      await expect(log.append(on, [good, { ...good, partition: 2 }])).rejects.toThrow(/0\.\.1, got 2/);
      await expect(log.append(on, [good, { ...good, partition: -1 }])).rejects.toThrow(/got -1/);
      const text: unknown = { key: "a", value: "text" };
      await expect(log.append(on, [good, text as Entry])).rejects.toThrow(/expected a Buffer as value, got string/);
      expect(await log.ends(on)).toEqual([0, 0]);
      expect(await log.append(on, [])).toEqual([]);
    });

    test("keys stick to the partition of the default partitioner, in the order given, offsets from 0 without gaps", async () => {
      const on = await topic();
      const entries = numbered(5000);
      const positions = [
        ...(await log.append(on, entries.slice(0, 2000))),
        ...(await log.append(on, entries.slice(2000))),
      ];
      const reading = await startReading(log, { group: on, topics: [on] });
      await reading.until(() => reading.records().length === entries.length);
      await reading.consumer.stop();
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const mine = entries.filter(({ key }) => partitionOf(key ?? "", PARTITIONS) === partition);
        const records = reading.records(partition);
        expect(texts(records)).toEqual(mine.map(({ value }) => value.toString()));
        expect(records.map(({ offset }) => offset)).toEqual(mine.map((_, i) => i));
      }
      const at = new Map(
        reading.batches.flatMap((b) => b.records.map((r) => [`${b.partition}/${r.offset}`, r] as const)),
      );
      positions.forEach((position, i) => {
        const record = at.get(`${position.partition}/${position.offset}`);
        expect(position.topic).toBe(on);
        expect(record?.value).toEqual(entries[i]?.value);
        expect(record?.key).toBe(entries[i]?.key);
      });
      expect(await log.ends(on)).toEqual(Array.from({ length: PARTITIONS }, (_, p) => reading.records(p).length));
    });

    test("entries that name their partition go there, those without key are spread", async () => {
      const on = await topic();
      const named = await log.append(
        on,
        [0, 1, 2, 3].map((partition) => ({ key: null, value: Buffer.from("mark"), partition })),
      );
      expect(named).toEqual([0, 1, 2, 3].map((partition) => ({ topic: on, partition, offset: 0 })));
      await log.append(
        on,
        numbered(100, () => null),
      );
      expect(Math.min(...(await log.ends(on)))).toBeGreaterThan(1);
    });

    test("bytes come back as they were: binary, empty, large, any key", async () => {
      const on = await topic(1);
      const values = [randomBytes(900_000), Buffer.alloc(0), Buffer.from([0, 255, 10, 13]), randomBytes(900_000)];
      const keys = ["订单-1", "", null, "\u{1F680} \u0000 key"];
      await log.append(
        on,
        values.map((value, i) => ({ key: keys[i] ?? null, value })),
      );
      const reading = await startReading(log, { group: on, topics: [on] });
      await reading.until(() => reading.records().length === values.length);
      await reading.consumer.stop();
      expect(reading.records().map(({ key }) => key)).toEqual(keys);
      reading.records().forEach(({ value }, i) => {
        expect(value.equals(values[i] ?? Buffer.alloc(1))).toBe(true);
      });
    });

    test("one append larger than any request arrives whole and in order", async () => {
      const on = await topic(2);
      const pad = "x".repeat(3000);
      const entries = Array.from({ length: 4000 }, (_, i) => ({ key: `k${i % 5}`, value: Buffer.from(`${i} ${pad}`) }));
      await log.append(on, entries);
      const reading = await startReading(log, { group: on, topics: [on] });
      await reading.until(() => reading.records().length === entries.length);
      await reading.consumer.stop();
      for (const partition of [0, 1]) {
        const order = reading.records(partition).map(({ value }) => Number.parseInt(value.toString(), 10));
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
      expect(new Set(texts(reading.records())).size).toBe(entries.length);
    });

    test("appends at the same time: each keeps its order, every position is true", async () => {
      const on = await topic();
      const written = await Promise.all(
        Array.from({ length: 60 }, async (_, writer) => {
          const entries = Array.from({ length: 25 }, (_, i) => ({
            key: `k${i % 3}`,
            value: Buffer.from(`${writer}:${i}`),
          }));
          return { entries, positions: await log.append(on, entries) };
        }),
      );
      const reading = await startReading(log, { group: on, topics: [on] });
      await reading.until(() => reading.records().length === 1500);
      await reading.consumer.stop();
      for (const { entries, positions } of written) {
        entries.forEach((entry, i) => {
          const { partition = -1, offset = -1 } = positions[i] ?? {};
          expect(texts(reading.records(partition))[offset]).toBe(entry.value.toString());
        });
        for (let p = 0; p < PARTITIONS; p++) {
          const mine = positions.filter(({ partition }) => partition === p).map(({ offset }) => offset);
          expect(mine).toEqual([...mine].sort((a, b) => a - b));
        }
      }
    });

    test("appendedAt is part of the record: two readings see the same", async () => {
      const on = await topic(1);
      await log.append(on, numbered(10));
      await log.append(on, numbered(10));
      const seen: number[][] = [];
      for (const group of ["one", "two"]) {
        const reading = await startReading(log, { group: `${on}-${group}`, topics: [on] });
        await reading.until(() => reading.records().length === 20);
        await reading.consumer.stop();
        seen.push(reading.records().map(({ appendedAt }) => appendedAt));
      }
      expect(seen[0]).toEqual(seen[1]);
      expect(seen[0]?.every((at) => Number.isInteger(at) && at > 1_600_000_000_000)).toBe(true);
    });

    test("reading starts exactly where assigned says, whatever was committed before", async () => {
      const on = await topic();
      await log.append(on, numbered(4000));
      const first = await startReading(log, { group: on, topics: [on] });
      await first.until(() => first.records().length === 4000);
      await first.consumer.commit((await log.ends(on)).map((offset, partition) => ({ topic: on, partition, offset })));
      await first.consumer.stop();
      const ends = await log.ends(on);
      const from: Position[] = [
        { topic: on, partition: 0, offset: 7 },
        { topic: on, partition: 1, offset: (ends[1] ?? 0) - 1 },
        { topic: on, partition: 2, offset: ends[2] ?? 0 },
      ];
      const second = await startReading(log, { group: on, topics: [on], from, maxRecords: 50 });
      const wanted = ends.reduce((sum, end) => sum + end, 0) - 7 - (ends[1] ?? 0) + 1 - (ends[2] ?? 0);
      await second.until(() => second.records().length >= wanted);
      await log.append(on, [{ key: null, value: Buffer.from("later"), partition: 2 }]);
      await second.until(() => second.records().length >= wanted + 1);
      await second.consumer.stop();
      expect(second.records(0)[0]?.offset).toBe(7);
      expect(texts(second.records(1))).toEqual(texts(first.records(1)).slice(-1));
      expect(second.records(2).map(({ offset }) => offset)).toEqual([ends[2]]);
      expect(texts(second.records(3))).toEqual(texts(first.records(3)));
    });

    test("a place outside of the log is an error that says so", async () => {
      const on = await topic(1);
      await log.append(on, numbered(3));
      const reading = await startReading(log, {
        group: on,
        topics: [on],
        from: [{ topic: on, partition: 0, offset: 4 }],
      });
      await expect(reading.consumer.done).rejects.toThrow(/0\.\.3, got 4/);
      expect(reading.batches).toEqual([]);
    });

    test("two groups read independently", async () => {
      const on = await topic();
      await log.append(on, numbered(300));
      const [a, b] = await Promise.all([
        startReading(log, { group: `${on}-a`, topics: [on] }),
        startReading(log, { group: `${on}-b`, topics: [on] }),
      ]);
      await Promise.all([a, b].map((reading) => reading.until(() => reading.records().length === 300)));
      await Promise.all([a.consumer.stop(), b.consumer.stop()]);
      for (let p = 0; p < PARTITIONS; p++) expect(texts(a.records(p))).toEqual(texts(b.records(p)));
    });

    test("batches are bounded, never empty, know the end, and wait for the one before", async () => {
      const on = await topic(2);
      await log.append(on, numbered(1000));
      const running = new Map<number, number>();
      let overlaps = 0;
      const reading = await startReading(log, {
        group: on,
        topics: [on],
        maxRecords: 64,
        async onBatch({ partition }) {
          const now = (running.get(partition) ?? 0) + 1;
          if (now > 1) overlaps += 1;
          running.set(partition, now);
          await new Promise((resolve) => setImmediate(resolve));
          running.set(partition, now - 1);
        },
      });
      await reading.until(() => reading.records().length === 1000);
      await reading.consumer.stop();
      const ends = await log.ends(on);
      expect(overlaps).toBe(0);
      for (const { records, partition, end } of reading.batches) {
        expect(records.length).toBeGreaterThan(0);
        expect(records.length).toBeLessThanOrEqual(64);
        expect(end).toBe(ends[partition]);
      }
    });

    test("what is appended while reading arrives", async () => {
      const on = await topic(1);
      const reading = await startReading(log, { group: on, topics: [on] });
      for (let i = 1; i <= 20; i++) {
        await log.append(on, [{ key: "k", value: Buffer.from(String(i)) }]);
        await reading.until(() => reading.records().length === i);
      }
      await reading.consumer.stop();
      expect(texts(reading.records())).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)));
    });

    test("assigned is awaited before the first batch; stop takes everything back and resolves done", async () => {
      const on = await topic(2);
      await log.append(on, numbered(10));
      const answer = gate();
      const asked = gate();
      const order: string[] = [];
      const got = gate();
      const consumer = await started(
        log.consume({
          group: on,
          topics: [on],
          async assigned(partitions) {
            asked.open();
            await answer.opened;
            order.push(`assigned ${partitions.length}`);
            return [];
          },
          async revoked(partitions) {
            order.push(`revoked ${partitions.length}`);
          },
          async onBatch() {
            order.push("batch");
            got.open();
          },
        }),
        async () => {
          await asked.opened;
          answer.open();
        },
      );
      await got.opened;
      await consumer.stop();
      await consumer.done;
      expect(order[0]).toBe("assigned 2");
      expect(order.at(-1)).toBe("revoked 2");
      expect(order.slice(1, -1).every((step) => step === "batch")).toBe(true);
    });

    test("a batch that is refused ends the consumer, and the next one is given it again", async () => {
      const on = await topic(1);
      await log.append(on, numbered(30));
      const refusal = new Error("no room for this batch");
      let calls = 0;
      const first = await startReading(log, {
        group: on,
        topics: [on],
        maxRecords: 10,
        async onBatch() {
          calls += 1;
          if (calls === 2) throw refusal;
        },
      });
      await expect(first.consumer.done).rejects.toBe(refusal);
      expect(calls).toBe(2);
      const from = [{ topic: on, partition: 0, offset: first.records().length }];
      const second = await startReading(log, { group: on, topics: [on], from, maxRecords: 10 });
      await second.until(() => second.records().length === 20);
      await second.consumer.stop();
      expect(texts([...first.records(), ...second.records()])).toEqual(
        numbered(30).map(({ value }) => value.toString()),
      );
      await first.consumer.stop();
    });

    test("stop in the middle lets the batch in hand end and loses nothing", async () => {
      const on = await topic(1);
      await log.append(on, numbered(200));
      const inHand = gate();
      const finish = gate();
      const first = await startReading(log, {
        group: on,
        topics: [on],
        maxRecords: 20,
        async onBatch({ records }) {
          if (records[0]?.offset !== 40) return;
          inHand.open();
          await finish.opened;
        },
      });
      await inHand.opened;
      const stopping = first.consumer.stop();
      finish.open();
      await stopping;
      expect(first.records().length).toBe(60);
      const from = [{ topic: on, partition: 0, offset: 60 }];
      const second = await startReading(log, { group: on, topics: [on], from });
      await second.until(() => second.records().length === 140);
      await second.consumer.stop();
      expect(texts([...first.records(), ...second.records()])).toEqual(
        numbered(200).map(({ value }) => value.toString()),
      );
    });

    test("two consumers of a group split the partitions; when one leaves the other goes on with all", async () => {
      const on = await topic();
      await log.append(on, numbered(400));
      // Where to read on is kept by the clients, as a store would.
      const next = new Map<number, number>();
      const join = () => {
        const held = new Set<number>();
        return {
          held,
          consumer: log.consume({
            group: on,
            topics: [on],
            maxRecords: 10,
            async assigned(partitions) {
              for (const { partition } of partitions) held.add(partition);
              look();
              return partitions.map(({ partition }) => ({ topic: on, partition, offset: next.get(partition) ?? 0 }));
            },
            async revoked(partitions) {
              for (const { partition } of partitions) held.delete(partition);
              look();
            },
            async onBatch({ partition, records }) {
              for (const { offset, value } of records) {
                seen.add(value.toString());
                next.set(partition, offset + 1);
              }
              look();
            },
          }),
        };
      };
      const seen = new Set<string>();
      let look = () => {};
      const until = (condition: () => boolean) =>
        new Promise<void>((resolve) => {
          look = () => condition() && resolve();
          look();
        });
      const a = join();
      const first = await a.consumer;
      await until(() => seen.size === 400);
      const b = join();
      const second = await b.consumer;
      await until(() => a.held.size === 2 && b.held.size === 2);
      expect([...a.held, ...b.held].sort()).toEqual([0, 1, 2, 3]);
      await log.append(
        on,
        numbered(400).map(({ key, value }) => ({ key, value: Buffer.from(`second ${value}`) })),
      );
      await until(() => seen.size === 800);
      await first.stop();
      await until(() => b.held.size === 4);
      await log.append(
        on,
        numbered(400).map(({ key, value }) => ({ key, value: Buffer.from(`third ${value}`) })),
      );
      await until(() => seen.size === 1200);
      await second.stop();
      expect(b.held.size).toBe(0);
    });
  });
}

async function noop(): Promise<void> {}

/** Starts something that cannot end before a second thing is done. */
async function started<T>(work: Promise<T>, meanwhile: () => Promise<void>): Promise<T> {
  await meanwhile();
  return work;
}
