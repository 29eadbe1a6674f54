import type { Consumer as Client, KafkaMessage } from "kafkajs";
import type { LogRecord, TopicPartition } from "../port.ts";

export function recordOf({ offset, timestamp, key, value }: KafkaMessage): LogRecord {
  return {
    offset: Number(offset),
    appendedAt: Number(timestamp),
    key: key === null ? null : key.toString(),
    value: value ?? Buffer.alloc(0),
  };
}

export function pause(client: Client, partitions: readonly TopicPartition[]): void {
  client.pause(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
}
