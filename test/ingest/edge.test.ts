import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeDeadLetter, encodeDeadLetter, letterIdOf } from "../../ingest/contracts/dead-letter.ts";
import { REJECT_REASONS } from "../../ingest/contracts/outcome.ts";
import { MAX_RECORD_BYTES } from "../../ingest/contracts/read.ts";
import { STREAMS } from "../../ingest/contracts/topics.ts";
import { decodeWatermark, encodeWatermark } from "../../ingest/contracts/watermark.ts";
import { judge } from "../../ingest/edge.ts";
import { bytesOf, complaint, NOW, order } from "./samples.ts";

const FROM = { source: "orders.ndjson", position: 7 };
const letterOf = (judged: ReturnType<typeof judge>) => {
  if (judged.kind !== "letter") throw new Error("expected a dead letter");
  const letter = decodeDeadLetter(judged.entry.value);
  if (letter.kind !== "ok") throw new Error(letter.detail);
  return letter.value;
};

describe("judge", () => {
  test("an event goes to its stream under its key, in the bytes it came in", () => {
    const spaced = Buffer.from('{ "orderId":"O1", "kind":"paid", "occurredAt":"2026-06-18T10:00:00Z", "weight":1.10 }');
    expect(judge(undefined, spaced, FROM, NOW)).toMatchObject({
      kind: "entry",
      stream: "orders",
      entry: { key: "O1", value: spaced },
      at: Date.UTC(2026, 5, 18, 10),
    });
    const opened = complaint({ orderId: "O1" });
    expect(judge(undefined, bytesOf(opened), FROM, NOW)).toMatchObject({ stream: "complaints", entry: { key: "C1" } });
    const span = { from: "2026-06-18T00:00:00Z", to: "2026-06-19T00:00:00Z" };
    const promotion = { kind: "promotion", id: "P1", name: "618", ...span };
    expect(judge(undefined, bytesOf(promotion), FROM, NOW)).toMatchObject({
      stream: "context",
      entry: { key: "P1" },
      at: undefined,
    });
  });

  test("whatever the bytes, an entry or a letter that holds them", () => {
    const stream = fc.constantFrom(undefined, ...STREAMS);
    const bytes = fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b));
    fc.assert(
      fc.property(
        stream,
        fc.oneof(
          bytes,
          fc.json().map((s) => Buffer.from(s)),
        ),
        (named, input) => {
          const letter = letterOf(judge(named, input, FROM, NOW));
          expect(letter.bytes.equals(input)).toBe(true);
          expect(letter).toMatchObject({ origin: "edge", ...FROM, receivedAt: NOW });
          expect(REJECT_REASONS).toContain(letter.reason);
        },
      ),
    );
  });

  test.each([
    ["not json", "{oops", "not_json", "unknown"],
    ["not UTF-8", Buffer.from([0x7b, 0xff, 0x7d]), "not_json", "unknown"],
    ["an array", "[1]", "not_an_object", "unknown"],
    ["nothing we know", '{"a":1}', "unknown_stream", "unknown"],
    ["a watermark", encodeWatermark(NOW), "unknown_stream", "unknown"],
    ["an unknown kind", JSON.stringify(order({ kind: "flew" })), "invalid", "orders"],
    ["a time of 1970", JSON.stringify(complaint({ occurredAt: "1970-01-01T00:00:00Z" })), "time_too_old", "complaints"],
    ["a time of 2099", JSON.stringify(order({ occurredAt: "2099-01-01T00:00:00Z" })), "time_in_future", "orders"],
  ])("%s", (_, input, reason, stream) => {
    const bytes = Buffer.from(input as string);
    expect(letterOf(judge(undefined, bytes, FROM, NOW))).toMatchObject({ reason, stream });
  });

  test("of a record too large the beginning is kept, and how large it was", () => {
    const bytes = Buffer.alloc(MAX_RECORD_BYTES + 10, "x");
    const letter = letterOf(judge("orders", bytes, { ...FROM, length: 10_000_000 }, NOW));
    expect(letter).toMatchObject({ reason: "too_large", stream: "orders" });
    expect(letter.detail).toContain("got 10000000");
    expect(letter.bytes.length).toBe(MAX_RECORD_BYTES);
  });
});

describe("dead letters", () => {
  const letter = {
    origin: "log",
    stream: "orders",
    ...FROM,
    reason: "not_json",
    detail: "x",
    receivedAt: NOW,
  } as const;

  test("survive the way there and back, any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (raw) => {
        const bytes = Buffer.from(raw);
        const { letterId, value } = encodeDeadLetter({ ...letter, bytes });
        expect(decodeDeadLetter(value)).toEqual({ kind: "ok", value: { ...letter, letterId, bytes } });
      }),
    );
  });

  test("the same record twice is one letter, wherever it came from", () => {
    const bytes = Buffer.from("{oops");
    const first = encodeDeadLetter({ ...letter, bytes });
    const again = encodeDeadLetter({ ...letter, origin: "edge", source: "http", position: 1, receivedAt: 5, bytes });
    expect(again.letterId).toBe(first.letterId);
    expect(letterIdOf("complaints", bytes)).not.toBe(first.letterId);
  });

  test("what is no letter is a reason", () => {
    expect(decodeDeadLetter(Buffer.from("{oops"))).toMatchObject({ kind: "reject", reason: "not_json" });
    expect(decodeDeadLetter(Buffer.from("{}"))).toMatchObject({ kind: "reject", reason: "invalid" });
  });
});

test("a watermark is read back, and no event is one", () => {
  expect(decodeWatermark(encodeWatermark(NOW))).toBe(NOW);
  expect(decodeWatermark(bytesOf(order()))).toBeUndefined();
});
