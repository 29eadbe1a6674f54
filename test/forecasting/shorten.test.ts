import fc from "fast-check";
import { expect, test } from "vitest";
import { shorten } from "../../forecasting/series/shorten.ts";

const said = (v: number) => Number(v.toPrecision(5));

test("says what the engine's own rounding says, for any number", () => {
  fc.assert(
    fc.property(fc.double(), (v) => {
      expect(shorten(v)).toBe(said(v));
    }),
    { numRuns: 2000 },
  );
});

test("and for numbers of every size, beside powers of ten and half way between two short ones", () => {
  const near = fc.tuple(fc.integer({ min: 10_000, max: 99_999 }), fc.integer({ min: -16, max: 14 }));
  const steps = fc.constantFrom(0, 0.5, 0.4999999999, 0.5000000001, -1e-9, 1e-9, 0.3);
  fc.assert(
    fc.property(near, steps, fc.boolean(), ([digits, power], step, below) => {
      const v = (digits + step) * 10 ** power * (below ? -1 : 1);
      expect(shorten(v)).toBe(said(v));
      expect(shorten(10 ** power * (1 - step * 1e-6))).toBe(said(10 ** power * (1 - step * 1e-6)));
    }),
    { numRuns: 5000 },
  );
});
