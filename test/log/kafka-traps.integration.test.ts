import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { readSettings } from "../../infra/config/settings.ts";
import { type Broker, startBroker } from "../../infra/log/broker.ts";
import type { KafkaLogOptions, LogLine } from "../../infra/log/kafka/options.ts";
import { openKafkaLog } from "../../infra/log/kafka.ts";
import type { Entry, Log } from "../../infra/log/port.ts";
import { openSession } from "../../infra/session.ts";
import { leadContract } from "../lead/contract.ts";
import { gate, type Reading, startReading } from "./reading.ts";

const entry = (text: string | number, partition = 0): Entry => ({
  key: null,
  value: Buffer.from(String(text)),
  partition,
});

// One whose coordinator is missing until its topic is made, as it is for a moment in any broker that starts.
const broker: Broker | string = await startBroker({ settings: { "offsets.topic.replication.factor": "3" } }).catch(
  (error: Error) => {
    if (process.env.CI === "true") throw error;
    return error.message;
  },
);

describe.skipIf(typeof broker === "string")(`traps of the client ${typeof broker === "string" ? broker : ""}`, () => {
  const node = broker as Broker;
  let last = 0;

  async function opened(options: Partial<KafkaLogOptions> = {}): Promise<{ log: Log; lines: LogLine[] }> {
    const lines: LogLine[] = [];
    const log = await openKafkaLog({ brokers: node.brokers, logger: (line) => lines.push(line), ...options });
    onTestFinished(() => log.close());
    return { log, lines };
  }
  async function topic(log: Log, partitions = 1): Promise<string> {
    last += 1;
    await log.ensure({ [`traps-${last}`]: partitions });
    return `traps-${last}`;
  }
  const joinsAgain = (lines: readonly LogLine[]) => lines.filter(({ message }) => message.includes("joins again"));
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await sleep(20);
  }

  afterAll(() => node.stop());

  // First: what makes the coordinator is done in it.
  test("a coordinator that is not there yet: a crash without restart does not end the consumer", async () => {
    const { log, lines } = await opened({ retries: 1 });
    const on = await topic(log);
    await log.append(on, [entry(0)]);
    const reading = await startReading(log, { group: on, topics: [on] });
    await until(() => joinsAgain(lines).length >= 2);
    expect(lines.some(({ message }) => message.includes("KafkaJSGroupCoordinatorNotFound"))).toBe(true);
    const admin = new Kafka({ brokers: node.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const configEntries = [{ name: "cleanup.policy", value: "compact" }];
    await admin.createTopics({
      topics: [{ topic: "__consumer_offsets", numPartitions: 4, replicationFactor: 1, configEntries }],
    });
    await admin.disconnect();
    await reading.until(() => reading.records().length === 1);
  }, 120_000);

  test("a broker that stands still longer than a consumer may: it joins again and reads on, in the same process", async () => {
    const { log, lines } = await opened({ noProgressMs: 1000, sessionTimeoutMs: 6000 });
    const on = await topic(log);
    const reading = await startReading(log, { group: on, topics: [on] });
    await log.append(on, [entry(0)]);
    await reading.until(() => reading.records().length === 1);
    node.pause();
    await until(() => joinsAgain(lines).length > 0).finally(() => node.resume());
    await log.append(on, [entry(1)]);
    await reading.until(() => reading.records().at(-1)?.value.toString() === "1");
    // What it held was given back before it was asked for again.
    expect(reading.revocations.length).toBeGreaterThanOrEqual(1);
  }, 120_000);

  test("idle consumers, with and without a partition, leave the processor alone", async () => {
    const { log } = await opened();
    const on = await topic(log);
    const readings: Reading[] = [];
    for (let i = 0; i < 4; i++) readings.push(await startReading(log, { group: on, topics: [on] }));
    await until(() => readings.some(({ assignments }) => assignments.some((partitions) => partitions.length > 0)));
    await sleep(1000);
    const before = process.cpuUsage();
    await sleep(3000);
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 1e6 / 3 / readings.length;
    process.stderr.write(`idle: ${(100 * share).toFixed(2)} % of a processor each\n`);
    expect(share).toBeLessThan(0.05);
  }, 60_000);

  test("a rebalance during a batch: the batch ends, nothing is lost, nobody dies", async () => {
    const one = await opened({ sessionTimeoutMs: 6000 });
    const other = await opened({ sessionTimeoutMs: 6000 });
    const on = await topic(one.log, 2);
    const entries = Array.from({ length: 120 }, (_, i) => entry(i, i % 2));
    await one.log.append(on, entries);
    let inBatch = 0;
    const slow = async () => {
      inBatch += 1;
      await sleep(250);
      inBatch -= 1;
    };
    const inHandWhenRevoked: number[] = [];
    const revoked = async () => void inHandWhenRevoked.push(inBatch);
    const first = await startReading(one.log, { group: on, topics: [on], maxRecords: 10, onBatch: slow, revoked });
    await first.until(() => first.batches.length > 0);
    const second = await startReading(other.log, { group: on, topics: [on], maxRecords: 10 });
    const seen = () =>
      new Set([...first.batches, ...second.batches].flatMap((b) => b.records.map((r) => r.value.toString())));
    await Promise.all([second.until(() => second.batches.length > 0), first.until(() => first.revocations.length > 0)]);
    await until(() => seen().size === entries.length);
    expect(inHandWhenRevoked.every((n) => n === 0)).toBe(true);
    for (const { batches } of [first, second]) {
      for (const { records } of batches) {
        expect(records.map(({ offset }) => offset - (records[0]?.offset ?? 0))).toEqual(records.map((_, i) => i));
      }
    }
    await Promise.all([first.consumer.stop(), second.consumer.stop()]);
    await Promise.all([first.consumer.done, second.consumer.done]);
  }, 60_000);

  test("who is told to end while the group waits for another ends soon, whether it was about to join or to join again", async () => {
    const open = async () => (await opened({ sessionTimeoutMs: 6000 })).log;
    const logs: [Log, Log, Log] = [await open(), await open(), await open()];
    const on = await topic(logs[0], 2);
    const release = gate();
    onTestFinished(release.open);
    let working = false;
    const onBatch = () => {
      working = true;
      return release.opened;
    };
    const busy = await startReading(logs[0], { group: on, topics: [on], onBatch });
    const other = await startReading(logs[1], { group: on, topics: [on] });
    await Promise.all([busy, other].map((one) => one.until(() => one.assignments.at(-1)?.length === 1)));
    await logs[0].append(on, [entry(0), entry(1, 1)]);
    await until(() => working && other.batches.length === 1);
    // The broker answers who joins when all have, and one is in his batch.
    const third = startReading(logs[2], { group: on, topics: [on] });
    third.catch(() => undefined);
    await other.until(() => other.revocations.at(-1)?.length === 1);
    await sleep(500);
    const started = performance.now();
    await Promise.all([logs[2].close(), other.consumer.stop()]);
    expect(performance.now() - started).toBeLessThan(8000);
    await expect(third).rejects.toThrow(`group ${on}: expected to join, was stopped`);
    await other.consumer.done;
    release.open();
    await busy.until(() => new Set(busy.batches.map(({ partition }) => partition)).size === 2);
  }, 60_000);

  describe("leading", () => {
    let logs: [Log, Log];
    beforeAll(async () => {
      const open = () => openKafkaLog({ brokers: node.brokers, logger: () => {}, sessionTimeoutMs: 6000 });
      logs = [await open(), await open()];
    });
    afterAll(async () => {
      for (const log of logs) await log.close();
    });
    leadContract("kafka", async () => logs);
  });

  test("what the client says is logged like everything else", async () => {
    const said: { level: number; client?: string; msg: string }[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void said.push(JSON.parse(line)) });
    const settings = readSettings(undefined, { KAFKA_BROKERS: "127.0.0.1:1", TOCSIN_DIR: "unused" });
    await expect(openSession(settings, logger)).rejects.toThrow("expected a Kafka broker at 127.0.0.1:1");
    expect(said.length).toBeGreaterThan(0);
    expect(said.every(({ client, level }) => client === "kafka" && level >= 40)).toBe(true);
  }, 30_000);
});
