import fc from "fast-check";
import { expect, test } from "vitest";
import { workingCalendar } from "../../forecasting/dwell/holidays.ts";
import type { StageNorm } from "../../forecasting/dwell/norm.ts";
import { normsOf } from "../../processors/shell/norms.ts";

const DAY = 86_400_000;
const norm: StageNorm = {
  n: 1000,
  family: "log-normal",
  z: { shortest: -3, typical: 0, likely: 1.3, limit: 2.5 },
  places: {
    "": [2, 0.2, 0.1],
    "service\nexpress": [1.5, 0.2, 0.1],
    "lane\nexpress\n330100\n440100": [1.2, 0.1, 0.05],
    "lane\nstandard\n440100\n330100": [2.4, 0.1, 0.05],
  },
  between: [0.1, 0.1, 0.1],
  carriers: { "express\n顺丰": -0.3, "standard\n顺丰": 0.4 },
  weekdays: { express: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6] },
};
const rhythms = { "": { days: [4, 4, 4, 4, 4, 2, 0], opens: 8, closes: 20 } };
const body = { stages: { transit: norm, hub: { ...norm, between: [0.5, 0.5, 0.5] } }, atLeast: 1 };
const calendar = workingCalendar("CN", 8);
const open = () =>
  normsOf(
    [{ from: 0, version: "v", body: { ...body, rhythms: { transit: rhythms, hub: rhythms } } }],
    calendar,
    () => undefined,
    0,
  );

const question = fc.record({
  stage: fc.constantFrom("transit", "hub"),
  since: fc.integer({ min: 0, max: 20 }).map((day) => Date.UTC(2026, 2, 2) + day * DAY),
  about: fc.record({
    service: fc.constantFrom("express", "standard", "__proto__"),
    carrier: fc.constantFrom("顺丰", "other", ""),
    origin: fc.constantFrom("330100", "440100", ""),
    destination: fc.constantFrom("330100", "440100", ""),
  }),
  quantile: fc.constantFrom("typical", "likely", "limit"),
} as const);

test("whatever was asked before, an answer is what one who was never asked gives", () => {
  fc.assert(
    fc.property(fc.array(question, { minLength: 2, maxLength: 40 }), (questions) => {
      const asked = open();
      for (const { stage, since, about, quantile } of questions) {
        expect(asked.until(stage, since, about, quantile)).toEqual(open().until(stage, since, about, quantile));
      }
    }),
  );
});
