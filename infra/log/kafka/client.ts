import type { Consumer as Client } from "kafkajs";
import type { TopicPartition } from "../port.ts";
import type { Place } from "./places.ts";

export function pause(client: Client, partitions: readonly TopicPartition[]): void {
  ignoringDisconnected(() => client.pause(named(partitions)));
}

export function resume(client: Client, partitions: readonly TopicPartition[]): void {
  ignoringDisconnected(() => client.resume(named(partitions)));
}

export function seek(client: Client, { topic, partition, next }: Place): void {
  ignoringDisconnected(() => client.seek({ topic, partition, offset: String(next) }));
}

const named = (partitions: readonly TopicPartition[]) =>
  partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));

/** Between a crash and the new start the client has no group to seek in; the new start brings a new assignment. */
function ignoringDisconnected(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error && error.name === "KafkaJSNonRetriableError")) throw error;
  }
}

/** What `work` gives, or undefined as soon as `signal` says that nobody waits for it any more. */
export async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  let told: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    told = () => resolve(undefined);
  });
  signal.addEventListener("abort", told);
  if (signal.aborted) told();
  work.catch(() => undefined);
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", told);
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
