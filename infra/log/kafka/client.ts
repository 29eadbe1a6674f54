import type { Consumer as Client } from "kafkajs";
import type { TopicPartition } from "../port.ts";

export function pause(client: Client, partitions: readonly TopicPartition[]): void {
  client.pause(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] })));
}

/** Between a crash and the new start the client has no group to seek in; the new start brings a new assignment. */
export function ignoringDisconnected(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error && error.name === "KafkaJSNonRetriableError")) throw error;
  }
}

export function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** Whoever waits for what this returns goes on in a turn of the event loop of his own, in order of asking. */
export function turnTaker(): () => Promise<unknown> {
  let turns: Promise<unknown> = Promise.resolve();
  return () => {
    turns = turns.then(() => new Promise((resolve) => setImmediate(resolve)));
    return turns;
  };
}
