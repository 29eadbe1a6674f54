import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hierarchyOf, reconcile } from "../../forecasting/hierarchy/reconcile.ts";

const parents: Record<string, string> = { SP: "BR", RJ: "BR", GD: "CN", BR: "world", CN: "world" };
const tree = hierarchyOf(["SP", "RJ", "GD"], (name) => parents[name]);

describe("reconciliation", () => {
  test("nodes and sums of a small tree", () => {
    expect(tree.nodes).toEqual(["world", "BR", "CN", "SP", "RJ", "GD"]);
    expect(tree.sums[1]).toEqual([0, 1]);
  });

  test("whatever the base forecasts and errors, the result adds up and is not negative", () => {
    const value = fc.double({ min: 0, max: 1000, noNaN: true });
    const error = fc.double({ min: -50, max: 50, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 6, maxLength: 6 }),
        fc.array(fc.array(error, { minLength: 12, maxLength: 12 }), { minLength: 6, maxLength: 6 }),
        (base, errors) => {
          const r = reconcile(
            tree,
            Float64Array.from(base),
            errors.map((e) => Float64Array.from(e)),
          );
          const [world, br, cn, sp, rj, gd] = r as unknown as [number, number, number, number, number, number];
          expect(br).toBeCloseTo(sp + rj, 6);
          expect(cn).toBeCloseTo(gd, 6);
          expect(world).toBeCloseTo(br + cn, 6);
          for (const v of r) expect(v).toBeGreaterThanOrEqual(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("coherent forecasts are left as they are", () => {
    const none = tree.nodes.map(() => new Float64Array(0));
    const r = reconcile(tree, Float64Array.of(60, 30, 30, 10, 20, 30), none);
    [60, 30, 30, 10, 20, 30].forEach((v, i) => {
      expect(r[i]).toBeCloseTo(v, 9);
    });
  });

  test("an exact total pulls uncertain parts to it", () => {
    const wobble = (scale: number, k: number) =>
      Float64Array.from({ length: 40 }, (_, i) => scale * Math.sin(i * (1.3 + k)));
    const errors = [wobble(0.01, 0), ...[1, 2, 3, 4, 5].map((k) => wobble(10, k))];
    const r = reconcile(tree, Float64Array.of(90, 40, 30, 15, 20, 30), errors);
    expect(r[0]).toBeCloseTo(90, 0);
  });

  test("a cycle is refused", () => {
    expect(() => hierarchyOf(["a"], (name) => (name === "a" ? "b" : "a"))).toThrow("above itself");
  });
});
