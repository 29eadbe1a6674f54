import type { Entry, Log } from "../infra/log/port.ts";
import { encodeWatermark } from "./contracts/watermark.ts";

/** One watermark for each of a topic's partitions: nothing earlier than `at` (ms since 1970) follows in them. */
export const watermarkEntries = (partitions: number, at: number): Entry[] =>
  Array.from({ length: partitions }, (_, partition) => ({ key: null, value: encodeWatermark(at), partition }));

/** Tells every partition of the topics how far their source is; resolves when that is durable. */
export async function appendWatermarks(log: Log, topics: readonly string[], at: number): Promise<void> {
  for (const topic of topics) await log.append(topic, watermarkEntries(await log.partitions(topic), at));
}
