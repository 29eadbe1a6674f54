import { expect, test } from "vitest";
import { decodeDeadLetter, encodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import { MAX_RECORD_BYTES } from "../../ingest/contracts/read.ts";

test("the letter of any record a broker takes is one it takes too", () => {
  const bytes = Buffer.alloc(1_000_000, "x");
  const about = { origin: "log", stream: "orders", source: "tocsin.orders.v1/0", position: 7 } as const;
  const { value } = encodeDeadLetter({ ...about, reason: "too_large", detail: "", bytes, receivedAt: 0 });
  expect(value.length).toBeLessThan(400_000);
  expect(decodeDeadLetter(value)).toMatchObject({
    kind: "ok",
    value: { bytes: bytes.subarray(0, MAX_RECORD_BYTES), reason: "too_large" },
  });
});
