import type { Entry } from "./port.ts";

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/**
 * MurmurHash2 of the bytes as Kafka's Java client computes it.
 * @returns signed 32-bit integer
 * @see org.apache.kafka.common.utils.Utils#murmur2
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length;
  let h = SEED ^ length;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k = byte(bytes, i) | (byte(bytes, i + 1) << 8) | (byte(bytes, i + 2) << 16) | (byte(bytes, i + 3) << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const rest = length - i;
  if (rest === 3) h ^= byte(bytes, i + 2) << 16;
  if (rest >= 2) h ^= byte(bytes, i + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ byte(bytes, i), M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  h ^= h >>> 15;
  return h | 0;
}

function byte(bytes: Uint8Array, i: number): number {
  return bytes[i] ?? 0;
}

/** The partition of a key, 0 .. partitions-1: the one Kafka's default partitioner gives its UTF-8 bytes. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

/**
 * Where the entries of one topic go: to the partition they name, else by key, else in turn.
 * @throws TypeError for a value that is no Buffer, RangeError for a partition the topic does not have
 */
export function placer(topic: string, partitions: number): (entry: Entry) => number {
  let turn = 0;
  return ({ key, value, partition }) => {
    if (!Buffer.isBuffer(value)) throw new TypeError(`${topic}: expected a Buffer as value, got ${typeof value}`);
    if (key !== null && typeof key !== "string") {
      throw new TypeError(`${topic}: expected a string or null as key, got ${typeof key}`);
    }
    if (partition === undefined) return key === null ? turn++ % partitions : partitionOf(key, partitions);
    if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition;
    throw new RangeError(`${topic}: expected a partition of 0..${partitions - 1}, got ${partition}`);
  };
}
