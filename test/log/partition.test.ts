import fc from "fast-check";
import { Partitioners } from "kafkajs";
import { expect, test } from "vitest";
import { murmur2, partitionOf, placer } from "../../infra/log/partition.ts";

test("murmur2 is the Java client's", () => {
  // From Kafka's own UtilsTest.
  const reference: [string, number][] = [
    ["21", -973932308],
    ["foobar", -790332482],
    ["a-little-bit-long-string", -985981536],
    ["a-little-bit-longer-string", -1486304829],
    ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
    ["abc", 479470107],
  ];
  for (const [key, hash] of reference) expect(murmur2(Buffer.from(key))).toBe(hash);
});

test("a key is in the partition where kafkajs would put it", () => {
  const partitioner = Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
      const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [1],
        isr: [1],
      }));
      const message = { key: Buffer.from(key), value: null };
      expect(partitionOf(key, partitions)).toBe(partitioner({ topic: "t", partitionMetadata, message }));
    }),
  );
});

test("entries without key take turns", () => {
  const place = placer("t", 3);
  const value = Buffer.alloc(0);
  expect([1, 2, 3, 4].map(() => place({ key: null, value }))).toEqual([0, 1, 2, 0]);
});
