import fc from "fast-check";
import { expect, test } from "vitest";
import { CoarseHeap } from "../../processors/shell/coarse-heap.ts";
import { CoarseTimers, TICK_MS } from "../../processors/shell/coarse-timers.ts";
import { Timers } from "../../processors/shell/timers.ts";

/** Subjects that keep their deadlines and ticks in a map; few hashes, so that they often meet. */
function subjects() {
  const known = new Map<string, { due: number; armed: number }>();
  let found: string | undefined;
  const hashOf = (key: string) => key.charCodeAt(0) % 3;
  const timers = new CoarseTimers({
    find(hash, armed) {
      found = [...known].find(([key, one]) => hashOf(key) === hash && one.armed === armed)?.[0];
      return found === undefined ? undefined : { key: found, due: known.get(found)?.due ?? 0 };
    },
    rearm(armed) {
      const one = known.get(found ?? "");
      if (one) one.armed = armed;
    },
  });
  return {
    timers,
    set(key: string, due: number) {
      const armed = timers.set(key, hashOf(key), due, known.get(key)?.armed ?? 0);
      known.set(key, { due, armed });
    },
    remove(key: string) {
      if (known.get(key)?.armed === 0) timers.setNear(key, Number.POSITIVE_INFINITY);
      known.delete(key);
    },
    take() {
      const taken = timers.take();
      if (taken) known.delete(taken.key);
      return taken;
    },
  };
}

const key = fc.constantFrom(..."abcdefg");
const T0 = Date.parse("2026-11-01T00:00:00Z");
const due = fc.oneof(
  fc.integer({ min: 0, max: 6 * TICK_MS }).map((ms) => T0 + ms),
  fc.integer({ min: 0, max: 9 }).map((ticks) => T0 + ticks * TICK_MS),
  fc.constantFrom(-5e12, -1, 0, 1, 1e13, 1e13 + 1),
);
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ set: key, due }) },
  { weight: 1, arbitrary: fc.record({ remove: key }) },
  { weight: 3, arbitrary: fc.record({ advance: due }) },
  { weight: 1, arbitrary: fc.constant("take" as const) },
);

test("fires what the plain timers fire, in their order, whatever moves and goes meanwhile", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const plain = new Timers();
      const coarse = subjects();
      const same = (before: number) => {
        const next = plain.nextDue();
        const got = coarse.timers.nextDue(before);
        if (next < before) expect(got).toBe(next);
        else expect(got).toBeGreaterThanOrEqual(before);
        return next < before;
      };
      for (const one of steps) {
        if (one === "take") expect(coarse.take()).toEqual(plain.take());
        else if ("set" in one) {
          plain.set(one.set, one.due);
          coarse.set(one.set, one.due);
        } else if ("remove" in one) {
          plain.set(one.remove, Number.POSITIVE_INFINITY);
          coarse.remove(one.remove);
        } else while (same(one.advance)) expect(coarse.take()).toEqual(plain.take());
      }
      while (same(Number.POSITIVE_INFINITY)) expect(coarse.take()).toEqual(plain.take());
      expect(coarse.take()).toBeUndefined();
      expect(coarse.timers.size).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

test("a heap over several chunks gives the ticks back in order, each with its name", () => {
  const heap = new CoarseHeap();
  const ticks = Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 49_999);
  for (const [name, tick] of ticks.entries()) heap.push(tick, name);
  let last = -1;
  for (let left = ticks.length; left > 0; left--) {
    const tick = heap.tick;
    const name = heap.pop();
    if (tick < last || ticks[name] !== tick) throw new Error(`expected ${ticks[name]} after ${last}, got ${tick}`);
    last = tick;
  }
  expect(heap.tick).toBe(Number.POSITIVE_INFINITY);
  expect(() => heap.pop()).toThrow("empty heap");
});
