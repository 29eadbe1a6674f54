import fc from "fast-check";
import { expect, test } from "vitest";
import { Timers } from "../../processors/shell/timers.ts";

const step = fc.oneof(
  fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), due: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), due: fc.constant(Number.POSITIVE_INFINITY) }),
  fc.constant("take" as const),
);

test("fires as a sorted list of deadlines would", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const timers = new Timers();
      const plain = new Map<string, number>();
      const first = () => [...plain].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1))[0];
      for (const one of steps) {
        if (one !== "take") {
          timers.set(one.key, one.due);
          if (one.due === Number.POSITIVE_INFINITY) plain.delete(one.key);
          else plain.set(one.key, one.due);
        } else {
          const expected = first();
          expect(timers.nextDue()).toBe(expected?.[1] ?? Number.POSITIVE_INFINITY);
          expect(timers.take()?.key).toBe(expected?.[0]);
          if (expected) plain.delete(expected[0]);
        }
      }
      expect(timers.nextDue()).toBe(first()?.[1] ?? Number.POSITIVE_INFINITY);
    }),
  );
});

test("equal deadlines fire in the order of their keys, however they were armed", () => {
  for (const keys of [
    ["b", "a", "c"],
    ["c", "b", "a"],
    ["a", "c", "b"],
  ]) {
    const timers = new Timers();
    for (const key of keys) timers.set(key, 7);
    expect([timers.take()?.key, timers.take()?.key, timers.take()?.key]).toEqual(["a", "b", "c"]);
  }
});
