/**
 * A watermark record: its source promises that nothing earlier than `at` follows in this partition.
 * It travels in the topic among the events, so that idleness and the end of a replay are part of the
 * sequence and never a matter of somebody's clock.
 */
export const encodeWatermark = (at: number): Buffer =>
  Buffer.from(`{"watermark":"${new Date(at).toISOString()}"}`, "latin1");

const PREFIX = '{"watermark":"';
const LENGTH = PREFIX.length + "2026-01-01T00:00:00.000Z".length + '"}'.length;

/** @returns the promised time in ms, or undefined when the bytes are an ordinary event */
export function decodeWatermark(value: Buffer): number | undefined {
  if (value.length !== LENGTH || value.toString("latin1", 0, PREFIX.length) !== PREFIX) return undefined;
  const at = Date.parse(value.toString("latin1", PREFIX.length, LENGTH - 2));
  return Number.isNaN(at) ? undefined : at;
}
