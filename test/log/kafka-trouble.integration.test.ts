import { once } from "node:events";
import { createServer } from "node:net";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Broker, startBroker } from "../../infra/log/broker.ts";
import type { KafkaLogOptions, LogLine } from "../../infra/log/kafka/options.ts";
import { openKafkaLog } from "../../infra/log/kafka.ts";
import type { Entry, Log } from "../../infra/log/port.ts";
import { gate, startReading } from "./reading.ts";

function entry(text: string | number): Entry {
  return { key: "k", value: Buffer.from(String(text)) };
}

describe("a broker that is not there", () => {
  async function listening(): Promise<{ port: number; close: () => void }> {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("expected a port");
    return { port: address.port, close: () => server.close() };
  }

  test("refused: opening rejects with the brokers in the message", async () => {
    const { port, close } = await listening();
    close();
    const at = `127.0.0.1:${port}`;
    const before = performance.now();
    await expect(openKafkaLog({ brokers: [at], logger: () => {} })).rejects.toThrow(`expected a Kafka broker at ${at}`);
    expect(performance.now() - before).toBeLessThan(12_000);
  });

  test("silent: opening gives up in time", async () => {
    const { port, close } = await listening();
    onTestFinished(close);
    const options = { brokers: [`127.0.0.1:${port}`], openTimeoutMs: 300, logger: () => {} };
    await expect(openKafkaLog(options)).rejects.toThrow(/no answer within 300 ms/);
  });
});

// What is named by KAFKA_BROKERS must not be killed, so these have a broker of their own.
const broker: Broker | string = await startBroker().catch((error: Error) => {
  if (process.env.CI === "true") throw error;
  return error.message;
});

describe.skipIf(typeof broker === "string")(`a broker in trouble ${typeof broker === "string" ? broker : ""}`, () => {
  const node = broker as Broker;
  const lines: LogLine[] = [];
  let last = 0;

  async function opened(options: Partial<KafkaLogOptions> = {}): Promise<Log> {
    const log = await openKafkaLog({ brokers: node.brokers, logger: (line) => lines.push(line), ...options });
    onTestFinished(() => log.close());
    return log;
  }

  async function topic(log: Log, partitions = 1): Promise<string> {
    last += 1;
    await log.ensure({ [`trouble-${last}`]: partitions });
    return `trouble-${last}`;
  }

  // The first use of a broker makes its own topics; do it before anything is killed.
  beforeAll(async () => {
    const log = await openKafkaLog({ brokers: node.brokers, logger: () => {} });
    const on = "warm-up";
    await log.ensure({ [on]: 1 });
    await log.append(on, [entry(0)]);
    const reading = await startReading(log, { group: on, topics: [on] });
    await reading.until(() => reading.records().length === 1);
    await log.close();
  }, 240_000);
  afterAll(() => node.stop());

  test("killed and started again: appends and consumers go on, no record is lost, doubled or out of order", async () => {
    // On a busy machine a broker takes a minute to start.
    const log = await opened({ retries: 40 });
    const on = await topic(log);
    const reading = await startReading(log, { group: on, topics: [on] });
    await log.append(on, [entry(0), entry(1)]);
    await reading.until(() => reading.records().length === 2);
    await node.kill();
    const appended = Promise.all([log.append(on, [entry(2)]), log.append(on, [entry(3)])]);
    await node.start();
    await appended;
    await log.append(on, [entry(4)]);
    await reading.until(() => reading.records().at(-1)?.value.toString() === "4");
    const again = await startReading(log, { group: `${on}-again`, topics: [on] });
    await again.until(() => again.records().at(-1)?.value.toString() === "4");
    expect(again.records().map(({ value }) => value.toString())).toEqual(["0", "1", "2", "3", "4"]);
    expect((await log.ends(on))[0]).toBe(5);
  }, 240_000);

  test("frozen for a while: what was appended meanwhile is in the log once", async () => {
    const log = await opened();
    const on = await topic(log);
    await log.append(on, [entry(0)]);
    node.pause();
    const appended = log.append(on, [entry(1), entry(2)]);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    node.resume();
    expect((await appended).map(({ offset }) => offset)).toEqual([1, 2]);
    expect(await log.ends(on)).toEqual([3]);
  }, 60_000);

  test("an append that failed for good does not swallow the next one", async () => {
    const log = await opened({ retries: 1 });
    const on = await topic(log);
    await log.append(on, [entry("first")]);
    await node.kill();
    await expect(log.append(on, [entry("failed")])).rejects.toThrow();
    await node.start();
    const [position] = await log.append(on, [entry("second")]);
    const reading = await startReading(log, { group: on, topics: [on] });
    await reading.until(() => reading.records().length > (position?.offset ?? 0));
    expect(reading.records()[position?.offset ?? -1]?.value.toString()).toBe("second");
  }, 240_000);

  test("a record larger than the broker takes is refused with what to do, and the next append works", async () => {
    const log = await opened();
    const on = await topic(log);
    await expect(log.append(on, [{ key: null, value: Buffer.alloc(1_100_000) }])).rejects.toThrow(
      /message\.max\.bytes/,
    );
    await log.append(on, [entry("small")]);
    expect(await log.ends(on)).toEqual([1]);
  });

  test("records that are gone: a place among them is an error, no place begins at what is left and says so", async () => {
    const log = await opened();
    const on = await topic(log);
    await log.append(on, [0, 1, 2, 3].map(entry));
    const admin = new Kafka({ brokers: node.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(on);
    await admin.deleteTopicRecords({ topic: on, partitions: [{ partition: 0, offset: "2" }] });
    await admin.disconnect();
    const early = await startReading(log, {
      group: `${on}-a`,
      topics: [on],
      from: [{ topic: on, partition: 0, offset: 1 }],
    });
    await expect(early.consumer.done).rejects.toThrow(/read on at 2\.\.4, got 1/);
    lines.length = 0;
    const left = await startReading(log, { group: `${on}-b`, topics: [on] });
    await left.until(() => left.records().length === 2);
    expect(left.records()[0]?.offset).toBe(2);
    expect(lines.filter(({ detail }) => detail.low === 2).length).toBe(1);
  });

  test("a batch longer than the session keeps its partition", async () => {
    const log = await opened({ sessionTimeoutMs: 6000 });
    const on = await topic(log);
    await log.append(on, [entry(0)]);
    const reading = await startReading(log, {
      group: on,
      topics: [on],
      onBatch: () => new Promise((resolve) => setTimeout(resolve, 8000)),
    });
    await reading.until(() => reading.records().length === 1);
    await log.append(on, [entry(1)]);
    await reading.until(() => reading.records().length === 2);
    expect(reading.assignments.length).toBe(1);
  }, 60_000);

  test("a consumer that stands still dies and says where", async () => {
    const log = await opened({ noProgressMs: 800 });
    const on = await topic(log);
    await log.append(on, [entry(0)]);
    const never = gate();
    const reading = await startReading(log, { group: on, topics: [on], onBatch: () => never.opened });
    await expect(reading.consumer.done).rejects.toThrow(`${on}/0: expected to get past offset 0 within 800 ms`);
    never.open();
  });

  test("a consumer that has nothing to read lives on", async () => {
    const log = await opened({ noProgressMs: 400 });
    const on = await topic(log);
    const reading = await startReading(log, { group: on, topics: [on] });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await log.append(on, [entry(0)]);
    await reading.until(() => reading.records().length === 1);
    await reading.consumer.stop();
    await reading.consumer.done;
  });
});
