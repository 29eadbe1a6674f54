import type { Entry } from "../infra/log/port.ts";
import { encodeWatermark } from "./contracts/watermark.ts";

/** One watermark for each of a topic's partitions: nothing earlier than `at` (ms since 1970) follows in them. */
export const watermarkEntries = (partitions: number, at: number): Entry[] =>
  Array.from({ length: partitions }, (_, partition) => ({ key: null, value: encodeWatermark(at), partition }));
