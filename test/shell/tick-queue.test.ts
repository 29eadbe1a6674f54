import fc from "fast-check";
import { expect, test } from "vitest";
import { TickQueue } from "../../processors/shell/tick-queue.ts";

const tick = fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const step = fc.oneof({ weight: 3, arbitrary: tick }, { weight: 2, arbitrary: fc.constant("pop" as const) });

test("gives the names of the smallest tick first, each as often as it was pushed", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const queue = new TickQueue();
      const there = new Map<number, Set<number>>();
      const pop = () => {
        const least = Math.min(...there.keys());
        expect(queue.tick).toBe(least);
        const names = there.get(least);
        expect(names?.delete(queue.pop())).toBe(true);
        if (names?.size === 0) there.delete(least);
      };
      for (const [name, one] of steps.entries()) {
        if (one !== "pop") {
          queue.push(one, name);
          there.set(one, (there.get(one) ?? new Set()).add(name));
        } else if (there.size > 0) pop();
      }
      while (there.size > 0) pop();
      expect([queue.size, queue.tick]).toEqual([0, Number.POSITIVE_INFINITY]);
      expect(() => queue.pop()).toThrow("empty queue");
    }),
  );
});

test("a hundred thousand names of a hundred ticks come and go, and their room is used again", () => {
  const queue = new TickQueue();
  for (let round = 0; round < 3; round++) {
    for (let name = 0; name < 100_000; name++) queue.push((name * 7919) % 100, name);
    const seen = new Uint8Array(100_000);
    let last = -1;
    while (queue.size > 0) {
      const { tick } = queue;
      const name = queue.pop();
      if (tick < last || seen[name] || (name * 7919) % 100 !== tick) throw new Error(`got ${name} at the tick ${tick}`);
      seen[name] = 1;
      last = tick;
    }
    expect(seen.every(Boolean)).toBe(true);
  }
});
