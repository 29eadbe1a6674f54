import fc from "fast-check";
import { expect, test } from "vitest";
import { readBytes, readEvent, readObject, readRecord } from "../../ingest/contracts/read.ts";
import { createOrderScanner } from "../../ingest/contracts/scan.ts";
import { disturb } from "../../ingest/demo/disturb.ts";
import { demoWeek } from "../../ingest/demo/week.ts";
import { anyOrder, anyValue, NOW, order } from "./samples.ts";

/** What JSON.parse, the quick reader and zod make of a record: what the scanner is held to. */
function plainly(bytes: Buffer, receivedAt = NOW) {
  const object = readObject(bytes);
  return object.kind === "ok" ? readEvent("orders", object.value, receivedAt) : object;
}

/** A field that is undefined is a field that is not there. */
const shown = (outcome: unknown): unknown => JSON.parse(JSON.stringify(outcome));

/** Memory of its own, of the shared pool, and in the middle of something else: where a record lies must not matter. */
function placed(text: string, how: number): Buffer {
  const bytes = Buffer.from(text);
  if (how === 0) return bytes;
  if (how === 1) return Buffer.from(new Uint8Array(bytes).buffer);
  return Buffer.concat([Buffer.from('","x":'), bytes, Buffer.from('}"')]).subarray(6, 6 + bytes.length);
}

const seldom = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: of });

/** Money in cents and names without quotes and backslashes, as most senders have them. */
const ordinary = (event: Record<string, unknown>): Record<string, unknown> => {
  const { shelfLife: _, ...fields } = event;
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === "number") return [name, Math.round(value * 100) / 100];
      return [name, typeof value === "string" ? value.replaceAll(/["\\]/g, "_") : value];
    }),
  );
};

test("what the scanner reads is what JSON.parse and zod read, name and all", () => {
  const scanner = createOrderScanner();
  let scanned = 0;
  const spelling = fc.record({
    order: fc.nat(),
    blanks: fc.boolean(),
    plain: fc.boolean(),
    spoil: seldom(fc.tuple(fc.nat(), anyValue)),
    cut: seldom(fc.tuple(fc.nat(), fc.nat(3), fc.string({ unit: "binary", maxLength: 3 }))),
    how: fc.nat(2),
  });
  fc.assert(
    fc.property(anyOrder, spelling, (event, { order: turn, blanks, plain, spoil, cut, how }) => {
      const fields = Object.entries(plain ? ordinary(event) : event);
      fields.push(...fields.splice(0, turn % fields.length));
      if (spoil !== null) (fields[spoil[0] % fields.length] as unknown[])[1] = spoil[1];
      const [colon, comma] = blanks ? [": ", ", "] : [":", ","];
      let text = `{${fields.map(([name, value]) => `"${name}"${colon}${JSON.stringify(value)}`).join(comma)}}`;
      if (cut !== null) {
        const at = cut[0] % text.length;
        text = text.slice(0, at) + cut[2] + text.slice(at + cut[1]);
      }
      const bytes = placed(text, how);
      if (scanner.event(bytes)) scanned++;
      expect(shown(readRecord("orders", bytes, NOW))).toEqual(shown(plainly(bytes)));
    }),
    { numRuns: 4000 },
  );
  expect(scanned).toBeGreaterThan(700);
});

test("every record of a demo week, with all that is broken in it, reads the same both ways", () => {
  const scanner = createOrderScanner();
  let scanned = 0;
  let orders = 0;
  const later = Date.UTC(2026, 0, 1);
  for (const { line } of disturb(demoWeek({ seed: 4, historyDays: 2, ordersPerDay: 40 }), {
    seed: 4,
    badShare: 0.02,
  })) {
    const bytes = Buffer.from(line);
    const { stream, outcome } = readBytes(undefined, bytes, later);
    const object = readObject(bytes);
    if (object.kind === "ok" && !("orderId" in object.value && !("complaintId" in object.value))) continue;
    orders++;
    if (outcome.kind === "ok") expect(stream).toBe("orders");
    const careful = plainly(bytes, later);
    expect(shown(readRecord("orders", bytes, later))).toEqual(shown(careful));
    expect(outcome.kind === "ok" ? undefined : outcome).toEqual(
      careful.kind === "ok" ? undefined : expect.objectContaining({ kind: "reject" }),
    );
    if (scanner.event(bytes)) scanned++;
  }
  // Perishables, named signers and the rest: nearly all of it is plain.
  expect(scanned / orders).toBeGreaterThan(0.9);
});

const text = (fields: object) => JSON.stringify(order(fields));
test.each([
  ["an escape", '{"orderId":"a\\u0062","kind":"placed","occurredAt":"2026-06-18T10:00:00Z"}'],
  ["a name twice", '{"orderId":"a","orderId":"b","kind":"placed","occurredAt":"2026-06-18T10:00:00Z"}'],
  ["an unknown field", text({ note: "x" })],
  ["white space", ` ${text({})}`],
  ["something behind", `${text({})} `],
  ["an exponent", text({}).replace("}", ',"value":1e3}')],
  ["a trailing zero", text({}).replace("}", ',"value":1.10}')],
  ["more digits than a double holds", text({}).replace("}", ',"value":0.1234567890123456}')],
  ["too much", text({ value: 1e9 + 1 })],
  ["below zero", text({ value: -1 })],
  ["an id too long", text({ orderId: "x".repeat(129) })],
  ["an empty id", text({ region: "" })],
  ["a control character", text({ hub: "a\u007f" })],
  ["one outside of ASCII", text({ hub: "a\u0085" })],
  ["bytes that are no text", text({ hub: "XX" }).replace("XX", "\u00ff\u00fe")],
  ["a kind that is none", text({ kind: "teleported" })],
  ["a trait that is none", text({ traits: ["heavy"] })],
  ["a comma too many", text({}).replace("}", ",}")],
  ["a day that is none", text({ occurredAt: "2026-02-30T10:00:00Z" })],
])("leaves to others a record with %s", (_why, record) => {
  const bytes = Buffer.from(record, record.includes("\u00ff") ? "latin1" : "utf8");
  expect(createOrderScanner().event(bytes)).toBeUndefined();
  expect(shown(readRecord("orders", bytes, NOW))).toEqual(shown(plainly(bytes)));
});

test("a text of the table is checked against its bytes, whatever else had its place", () => {
  const scanner = createOrderScanner();
  for (let i = 0; i < 20_000; i++) {
    const hub = `枢纽 ${i.toString(36)}${i % 7 === 0 ? "x".repeat(70) : ""}`;
    expect(scanner.event(Buffer.from(text({ hub })))?.hub).toBe(hub);
  }
});
