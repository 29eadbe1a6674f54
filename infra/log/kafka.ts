import { setTimeout as sleep } from "node:timers/promises";
import { type Admin, Kafka } from "kafkajs";
import { startConsumer } from "./kafka/consumer.ts";
import { hasType, KafkaLogError, wordsOf } from "./kafka/errors.ts";
import { type KafkaLogOptions, kafkaConfig, TOPIC_CONFIG } from "./kafka/options.ts";
import type { Bounds } from "./kafka/places.ts";
import { createSender } from "./kafka/producer.ts";
import { placer } from "./partition.ts";
import type { Entry, Log } from "./port.ts";
import { checkTopics, otherPartitions, unknownTopic } from "./topics.ts";

interface Topic {
  readonly partitions: number;
  readonly place: (entry: Entry) => number;
}

/**
 * Opens the log on Kafka brokers.
 * @throws KafkaLogError when none answers within `openTimeoutMs`
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const { brokers, openTimeoutMs = 10_000, sessionTimeoutMs = 30_000, noProgressMs = 300_000 } = options;
  if (brokers.length === 0) throw new RangeError("brokers: expected at least one host:port, got none");
  let muted = false;
  const kafka = new Kafka(kafkaConfig(options, () => muted));
  const mute = <T>(work: () => T): T => {
    muted = true;
    try {
      return work();
    } finally {
      muted = false;
    }
  };
  const admin = kafka.admin();
  await reach(admin, brokers, openTimeoutMs);
  const sender = createSender(kafka, mute);
  // A count never changes, and asking for it at every append would cost a round trip.
  const topics = new Map<string, Topic>();

  async function topicOf(name: string): Promise<Topic> {
    const known = topics.get(name);
    if (known !== undefined) return known;
    const count = await countPartitions(admin, name);
    if (count === undefined) throw unknownTopic(name);
    const topic = topics.get(name) ?? { partitions: count, place: placer(name, count) };
    topics.set(name, topic);
    return topic;
  }

  async function bounds(name: string): Promise<Bounds[]> {
    await topicOf(name);
    const offsets = await patiently(() => admin.fetchTopicOffsets(name));
    return offsets
      .sort((a, b) => a.partition - b.partition)
      .map(({ low, high }) => ({ low: Number(low), high: Number(high) }));
  }

  async function ensure(wanted: Readonly<Record<string, number>>): Promise<void> {
    const missing: string[] = [];
    for (const [name, count] of Object.entries(wanted)) {
      const got = await countPartitions(admin, name);
      if (got === undefined) missing.push(name);
      else if (got !== count) throw otherPartitions(name, count, got);
    }
    if (missing.length === 0) return;
    const config = { ...TOPIC_CONFIG, ...options.topicConfig };
    const created = await admin.createTopics({
      topics: missing.map((topic) => ({
        topic,
        numPartitions: wanted[topic] ?? 1,
        replicationFactor: options.replicationFactor ?? -1,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
    });
    // Somebody else made one of them meanwhile, perhaps with another count.
    if (!created) await ensure(wanted);
  }

  const consumers = new Set<{ stop(): Promise<void> }>();
  const stopping = new AbortController();
  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    stopping.abort();
    await Promise.all([...consumers].map((consumer) => consumer.stop()));
    await sender.close();
    await admin.disconnect();
  }

  return {
    async ensure(wanted) {
      checkTopics(wanted);
      await ensure(wanted);
    },
    partitions: async (name) => (await topicOf(name)).partitions,
    async append(name, entries) {
      const { place } = await topicOf(name);
      const placed = entries.map(place);
      return entries.length === 0 ? [] : sender.send(name, entries, placed);
    },
    ends: async (name) => (await bounds(name)).map(({ high }) => high),
    async consume(consume) {
      for (const topic of consume.topics) await topicOf(topic);
      const warn = (message: string, detail: Readonly<Record<string, unknown>>) =>
        kafka.logger().warn(message, { group: consume.group, ...detail });
      const consumer = await startConsumer(kafka, consume, {
        ...{ bounds, sessionTimeoutMs, noProgressMs, warn },
        stopping: stopping.signal,
      });
      consumers.add(consumer);
      const forget = () => consumers.delete(consumer);
      consumer.done.then(forget, forget);
      return consumer;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** A topic that was just made, or a broker that just started: leaders are being chosen, and kafkajs gives up at once. */
const UNSETTLED = ["NOT_LEADER_FOR_PARTITION", "LEADER_NOT_AVAILABLE", "REPLICA_NOT_AVAILABLE"];
const UNSETTLED_TRIES = 50;
const UNSETTLED_MS = 200;

async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await ask();
    } catch (error) {
      if (tried >= UNSETTLED_TRIES || !hasType(error, ...UNSETTLED)) throw error;
      await sleep(UNSETTLED_MS);
    }
  }
}

async function reach(admin: Admin, brokers: readonly string[], timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([admin.connect().then(() => admin.describeCluster()), late]);
  } catch (cause) {
    void admin.disconnect().catch(() => undefined);
    throw new KafkaLogError(`expected a Kafka broker at ${brokers.join(",")}, got: ${wordsOf(cause)}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

async function countPartitions(admin: Admin, topic: string): Promise<number | undefined> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length;
  } catch (error) {
    if (hasType(error, "UNKNOWN_TOPIC_OR_PARTITION")) return undefined;
    throw error;
  }
}
