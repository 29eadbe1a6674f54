import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binOf, momentsOf, type Waits } from "../../forecasting/dwell/bins.ts";
import { bestFamily, FAMILIES, type Family, standardCdf, standardQuantile } from "../../forecasting/dwell/families.ts";
import { fitStage, hoursOf, type Sample } from "../../forecasting/dwell/norm.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

const random = seededRandom(7);
const draw = (family: Family, mean: number, sd: number) =>
  Math.exp(mean + sd * standardQuantile(family, 0.0005 + 0.999 * random()));
const many = (n: number, hours: () => number) => Array.from({ length: n }, hours);

/** Waits by bin; those longer than `seen` still go on then. */
function waitsOf(hours: readonly number[], seen = Number.POSITIVE_INFINITY): Waits {
  const counts = new Map<number, [number, number]>();
  for (const h of hours) {
    const [bin, over] = [binOf(Math.min(h, seen)), h <= seen];
    const [ended, going] = counts.get(bin) ?? [0, 0];
    counts.set(bin, over ? [ended + 1, going] : [ended, going + 1]);
  }
  const bins = [...counts.keys()].sort((a, b) => a - b);
  return {
    bins,
    ended: bins.map((bin) => counts.get(bin)?.[0] ?? 0),
    going: bins.map((bin) => counts.get(bin)?.[1] ?? 0),
  };
}
const sample = (hours: readonly number[], more: Partial<Sample> = {}): Sample => ({
  service: "standard",
  carrier: "",
  origin: "a",
  destination: "b",
  newer: false,
  waits: waitsOf(hours),
  ...more,
});
const options = { exceeding: 0.01, enough: 100, above: (region: string) => region.slice(0, 1) };
const asked = { service: "standard", carrier: "", origin: "a", destination: "b", weekday: 0 };
const same = (region: string) => region.slice(0, 1);

describe("moments", () => {
  test("those who still wait do not make the norm look quick", () => {
    const hours = many(4000, () => draw("log-normal", 3, 0.5));
    const all = momentsOf([{ waits: waitsOf(hours), shift: 0 }]);
    const early = waitsOf(hours, 25);
    const { mean, variance } = momentsOf([{ waits: early, shift: 0 }]);
    expect(mean).toBeCloseTo(all.mean, 1);
    expect(Math.sqrt(variance)).toBeCloseTo(0.5, 1);
    // Leaving them out would.
    expect(momentsOf([{ waits: { ...early, going: early.going.map(() => 0) }, shift: 0 }]).mean).toBeLessThan(2.9);
  });
});

describe("families", () => {
  test.each(FAMILIES)("%s: the quantile is the inverse of the distribution, with mean 0 and variance 1", (family) => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
        expect(standardCdf(family, standardQuantile(family, p))).toBeCloseTo(p, 8);
      }),
    );
    const grid = Array.from({ length: 20_000 }, (_, i) => standardQuantile(family, (i + 0.5) / 20_000));
    const mean = grid.reduce((sum, z) => sum + z, 0) / grid.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(grid.reduce((sum, z) => sum + z * z, 0) / grid.length).toBeCloseTo(1, 1);
  });
  test.each(FAMILIES)("%s is told from the others by what it was not fitted to", (family) => {
    const waits = waitsOf(many(6000, () => draw(family, 3, 0.6)));
    expect(bestFamily([{ waits, mean: 3, sd: 0.6 }])).toBe(family);
  });
});

describe("a norm", () => {
  test("the share that exceeds the limit is the one asked for, on waits it has not seen", () => {
    const norm = fitStage([sample(many(20_000, () => draw("log-logistic", 2.5, 0.4)))], [], options);
    if (!norm) throw new Error("expected a norm");
    const limit = hoursOf(norm, asked, "limit", same);
    const over = many(20_000, () => draw("log-logistic", 2.5, 0.4)).filter((hours) => hours > limit).length / 20_000;
    expect(over).toBeGreaterThan(0.005);
    expect(over).toBeLessThan(0.015);
  });
  test("too few waits say nothing", () => {
    expect(fitStage([sample(many(99, () => 5))], [], options)).toBeUndefined();
  });
  test("a thin lane goes with its parents, a thick one by itself, and an unknown one is wide", () => {
    const lanes = Array.from({ length: 12 }, (_, i) =>
      sample(
        many(300, () => draw("log-normal", 3 + 0.05 * (i - 6), 0.3)),
        { origin: `a${i}`, destination: `b${i}` },
      ),
    );
    const slow = sample(
      many(2000, () => draw("log-normal", 4, 0.3)),
      { origin: "a-slow", destination: "b" },
    );
    const thin = sample(
      many(5, () => draw("log-normal", 4, 0.3)),
      { origin: "a-thin", destination: "b" },
    );
    const norm = fitStage([...lanes, slow, thin], [], options);
    if (!norm) throw new Error("expected a norm");
    const typical = (origin: string, destination = "b") =>
      Math.log(hoursOf(norm, { ...asked, origin, destination }, "typical", same));
    expect(typical("a-slow")).toBeCloseTo(4, 1);
    expect(typical("a-thin")).toBeGreaterThan(3.2);
    expect(typical("a-thin")).toBeLessThan(4.05);
    const width = (origin: string) =>
      Math.log(
        hoursOf(norm, { ...asked, origin }, "limit", same) / hoursOf(norm, { ...asked, origin }, "typical", same),
      );
    expect(width("a-new")).toBeGreaterThan(width("a-slow"));
    // Of a region never seen, and of a service never seen, something is said too.
    expect(Number.isFinite(typical("z", "z"))).toBe(true);
    expect(hoursOf(norm, { ...asked, service: "__proto__", carrier: "constructor" }, "limit", same)).toBeGreaterThan(0);
  });
  test("a slower carrier and a slow weekday count wherever they are seen", () => {
    const both = ["x", "y"].flatMap((lane, i) =>
      [0, 0.5].map((slower) =>
        sample(
          many(1500, () => draw("log-normal", 3 + i + slower, 0.2)),
          { origin: lane, carrier: slower > 0 ? "S" : "Q" },
        ),
      ),
    );
    const days = Array.from({ length: 7 }, (_, weekday) => ({
      service: "standard",
      weekday,
      waits: waitsOf(many(2000, () => draw("log-normal", weekday === 4 ? 3.7 : 3, 0.2))),
    }));
    const norm = fitStage(both, days, options);
    if (!norm) throw new Error("expected a norm");
    const typical = (more: object) => Math.log(hoursOf(norm, { ...asked, origin: "x", ...more }, "typical", same));
    expect(typical({ carrier: "S" }) - typical({ carrier: "Q" })).toBeCloseTo(0.5, 1);
    expect(typical({ weekday: 4 }) - typical({ weekday: 1 })).toBeCloseTo(0.7, 1);
  });
});
