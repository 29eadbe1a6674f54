import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAULT_KINDS, schedule } from "../../infra/chaos/faults.ts";
import { disordered, type Item, inputOf } from "../../infra/chaos/input.ts";
import { tableDifferences } from "../../infra/store/compare.ts";
import { decodeWatermark } from "../../ingest/contracts/watermark.ts";
import { random } from "../../ingest/demo/random.ts";

const MINUTE = 60_000;

describe("the schedule", () => {
  const kinds = (seed: number) => schedule(60, seed, FAULT_KINDS).map(({ kind }) => kind);
  test("is the same for the same seed, another for another, and has every kind", () => {
    expect(kinds(1)).toEqual(kinds(1));
    expect(kinds(1)).not.toEqual(kinds(2));
    expect(new Set(kinds(3).slice(0, FAULT_KINDS.length))).toEqual(new Set(FAULT_KINDS));
  });
  test("keeps to the kinds that were asked for", () => {
    expect(new Set(schedule(20, 1, ["killed"]).map(({ kind }) => kind))).toEqual(new Set(["killed"]));
  });
});

describe("another order within the disorder", () => {
  const item = fc.record({ partition: fc.nat(1), minute: fc.nat(30), fixed: fc.boolean() }).map(
    ({ partition, minute, fixed }, index?: number): Item => ({
      topic: "t",
      partition,
      key: null,
      value: `${minute} ${index}`,
      movable: fixed ? undefined : minute * MINUTE,
    }),
  );
  test("keeps all, moves nothing across what is fixed, and nothing by more than the disorder", () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), fc.nat(), (items, seed) => {
        const given = [...items].sort((a, b) => (a.movable ?? 0) - (b.movable ?? 0));
        const moved = disordered(given, 10 * MINUTE, random(seed));
        for (const partition of [0, 1]) {
          const [before, after] = [given, moved].map((list) => list.filter((one) => one.partition === partition));
          expect([...(after ?? [])].map(({ value }) => value).sort()).toEqual(
            [...(before ?? [])].map(({ value }) => value).sort(),
          );
          before?.forEach((one, index) => {
            if (one.movable === undefined) expect(after?.[index]).toBe(one);
          });
          let latest = Number.NEGATIVE_INFINITY;
          let fixed = true;
          for (const { movable } of after ?? []) {
            if (movable === undefined) {
              fixed = true;
              continue;
            }
            if (fixed) latest = Number.NEGATIVE_INFINITY;
            fixed = false;
            expect(movable).toBeGreaterThan(latest - 10 * MINUTE);
            latest = Math.max(latest, movable);
          }
        }
      }),
    );
  });
});

test("the input ends every step with a watermark in every partition, and the last lets everything go", () => {
  const steps = inputOf({
    seed: 1,
    steps: 5,
    partitions: 2,
    disorder: 10 * MINUTE,
    historyDays: 1,
    ordersPerDay: 10,
  });
  const marks = steps.map((step) => step.flatMap(({ value }) => decodeWatermark(Buffer.from(value)) ?? []));
  for (const of of marks) expect(of).toHaveLength(5);
  const latest = Math.max(...steps.flat().map(({ movable }) => movable ?? 0));
  expect(Math.min(...(marks.at(-1) ?? []))).toBeGreaterThan(latest);
  expect(steps.flat().filter(({ key, value }) => key === null && !decodeWatermark(Buffer.from(value))).length).toBe(
    steps.flat().filter(({ key }) => key === null).length - 25,
  );
});

test("differences name the table and the side, and count what is there twice", () => {
  const one = new Map([
    ["a", ["1", "2", "2"]],
    ["b", ["x"]],
  ]);
  const other = new Map([
    ["a", ["1", "2", "3"]],
    ["c", ["y"]],
  ]);
  expect(tableDifferences(one, other)).toEqual(["- a 2", "+ a 3", "- b x", "+ c y"]);
  expect(tableDifferences(one, one)).toEqual([]);
});
