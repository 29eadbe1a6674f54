import { TOPICS } from "../../ingest/contracts/topics.ts";
import { decodeWatermark } from "../../ingest/contracts/watermark.ts";
import type { Log, LogRecord } from "../log/port.ts";

/** Everything a topic holds, by partition. */
async function readTopic(log: Log, topic: string): Promise<LogRecord[][]> {
  const ends = await log.ends(topic);
  const records: LogRecord[][] = ends.map(() => []);
  let finished: () => void = () => {};
  const done = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const look = () => {
    if (ends.every((end, p) => end === 0 || (records[p]?.at(-1)?.offset ?? -1) >= end - 1)) finished();
  };
  const consumer = await log.consume({
    group: `tocsin-chaos-${topic}`,
    topics: [topic],
    async assigned() {
      for (const list of records) list.length = 0;
      return [];
    },
    async revoked() {},
    async onBatch(batch) {
      records[batch.partition]?.push(...batch.records);
      look();
    },
  });
  look();
  await Promise.race([done, consumer.done]);
  await consumer.stop();
  return records;
}

/** What went out through the topics, each message once: a message may be sent again under the same key. */
export async function readTopics(log: Log): Promise<Map<string, string[]>> {
  const told = new Map<string, string[]>();
  for (const topic of [TOPICS.actions, TOPICS.alerts]) {
    const records = (await readTopic(log, topic)).flat();
    told.set(topic, [...new Set(records.map(({ key, value }) => `${key} ${value.toString()}`))].sort());
  }
  return told;
}

/** Records of each partition that are no watermarks: what a process that counts right has received. */
export async function countRecords(log: Log, topic: string): Promise<number[]> {
  const records = await readTopic(log, topic);
  return records.map((list) => list.filter(({ value }) => decodeWatermark(value) === undefined).length);
}
