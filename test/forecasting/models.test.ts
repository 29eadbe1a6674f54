import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backtest, forecastNow } from "../../forecasting/backtest.ts";
import { dailyDesign, forecastDaily, refitDaily } from "../../forecasting/fast/refit.ts";
import { refitMany } from "../../forecasting/fast/refit-many.ts";
import { negativeBinomialQuantile } from "../../forecasting/math/negative-binomial.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import { etsForecaster } from "../../forecasting/models/ets.ts";
import { glmForecaster } from "../../forecasting/models/glm.ts";
import { lastYear } from "../../forecasting/models/last-year.ts";
import { seasonalMedian, seasonalNaive } from "../../forecasting/models/naive.ts";
import { pooled } from "../../forecasting/models/pooled.ts";
import { processForecaster } from "../../forecasting/models/process.ts";
import { evidence } from "../../forecasting/process/evidence.ts";
import { type Inputs, priorFor } from "../../forecasting/process/kernel.ts";
import { DAY, type Panel } from "../../forecasting/series/panel.ts";

/** Daily counts with a week, a year, a driver that acts over a threshold, and a known truth. */
function shopPanel(length: number, groups: number, step = DAY): Panel {
  const random = seededRandom(3);
  const rain = Float64Array.from({ length }, () => random() ** 3 * 30);
  return {
    step,
    start: Date.UTC(2022, 0, 3),
    length,
    observed: length,
    drivers: [{ name: "rain", kind: "number" }],
    groups: Array.from({ length: groups }, (_, g) => ({
      name: `g${g}`,
      y: Float64Array.from({ length }, (_, i) => {
        const season = 0.25 * Math.sin((2 * Math.PI * i * step) / (365.25 * DAY));
        const week = step === DAY && i % 7 > 4 ? 0.5 : 0;
        const wet = -0.04 * Math.max(0, (rain[i] as number) - 8);
        return negativeBinomialQuantile(random(), 60 * (g + 1) * Math.exp(season + week + wet), 40);
      }),
      drivers: [rain],
    })),
  };
}

const daily = shopPanel(300, 1);
const weekly = shopPanel(140, 3, 7 * DAY);

describe("no forecaster looks ahead", () => {
  test.each([
    ["glm", () => glmForecaster(3), daily, 250],
    ["process", () => processForecaster(0.33), daily, 120],
    ["ets", () => etsForecaster(7), daily, 250],
    ["median", () => seasonalMedian(7), daily, 250],
    ["last year", () => lastYear(0.85), weekly, 120],
    ["pooled", () => pooled(glmForecaster(), glmForecaster()), weekly, 100],
  ] as const)("%s: changing the future changes nothing", (_, make, panel, origin) => {
    const changed: Panel = {
      ...panel,
      groups: panel.groups.map((group) => ({ ...group, y: group.y.map((v, i) => (i >= origin ? 1e6 : v)) })),
    };
    const a = make().issue(panel, origin, 8);
    const b = make().issue(changed, origin, 8);
    a.location.forEach((path, g) => {
      expect([...(b.location[g] as Float64Array)]).toEqual([...path]);
      for (const v of path) expect(Number.isFinite(v)).toBe(true);
    });
  });
});

describe("gaussian process", () => {
  test("the gradient of the evidence is that of finite differences", () => {
    const random = seededRandom(5);
    const n = 40;
    const inputs: Inputs = {
      rows: n,
      time: Int32Array.from({ length: n }, (_, i) => i * 11),
      stepsPerYear: 365.25,
      cycle: Int32Array.from({ length: n }, (_, i) => (i * 11) % 7),
      kind: Int32Array.from({ length: n }, (_, i) => i % 2),
      numbers: Float64Array.from({ length: 2 * n }, () => 2 * random() - 1),
      d: 2,
      flags: Float64Array.from({ length: n }, (_, i) => (i % 5 === 0 ? 1 : 0)),
      f: 1,
    };
    const data = {
      at: Int32Array.from({ length: n }, (_, i) => i),
      z: Float64Array.from({ length: n }, () => random() - 0.5),
      extra: new Float64Array(n).fill(0.01),
    };
    const theta = priorFor(2, 365.25).mean;
    const { gradient } = evidence(inputs, data, theta);
    for (let j = 0; j < theta.length; j++) {
      const moved = (by: number) =>
        evidence(
          inputs,
          data,
          theta.map((v, k) => (k === j ? v + by : v)),
        ).value;
      expect(gradient[j]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 4);
    }
  });
});

describe("backtest and forecast", () => {
  const make = () => [glmForecaster(), etsForecaster(7), seasonalMedian(7)];
  const options = { origins: [244, 251, 258, 265, 272, 279, 286], horizon: 7, step: 7, season: 7 };

  test("with a known driver it beats seasonal naive, covers honestly, and repeats itself exactly", () => {
    const a = backtest(daily, make(), options);
    expect(a.gain).toBeGreaterThan(0.3);
    expect(a.model.coverage90).toBeGreaterThan(0.8);
    expect(a.rows.length).toBe(49);
    expect(a.rows[0]).toMatchObject({ group: "g0", origin: "2022-09-04", time: "2022-09-04", horizon: 1 });
    expect(backtest(daily, make(), options)).toEqual(a);
  });

  test("forecasts ahead are finite, ordered and never negative, for any counts", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 60, maxLength: 90 }), (counts) => {
        const panel: Panel = {
          ...daily,
          drivers: [],
          length: counts.length + 5,
          observed: counts.length,
          groups: [{ name: "", y: Float64Array.from([...counts, ...new Array(5).fill(Number.NaN)]), drivers: [] }],
        };
        const [group] = forecastNow(panel, make(), counts.length, 5).groups;
        for (let h = 0; h < 5; h++) {
          let before = 0;
          for (const q of group?.quantiles ?? []) {
            expect(q[h]).toBeGreaterThanOrEqual(before);
            expect(Number.isFinite(q[h])).toBe(true);
            before = q[h] as number;
          }
        }
      }),
      { numRuns: 8 },
    );
  });

  test("an announced promotion never seen before lifts and widens its day only", () => {
    const flag = Float64Array.from({ length: 300 }, (_, i) => (i === 295 ? 1 : 0));
    const known: Panel = {
      ...daily,
      observed: 290,
      drivers: [...daily.drivers, { name: "promotion", kind: "flag" }],
      groups: daily.groups.map((g) => ({ ...g, drivers: [...g.drivers, flag] })),
    };
    const [plain] = forecastNow(daily, make(), 290, 8).groups;
    const [with_] = forecastNow(known, make(), 290, 8).groups;
    expect(with_?.quantiles[6]?.[5]).toBeGreaterThan(1.6 * (plain?.quantiles[6]?.[5] as number));
    expect(with_?.quantiles[6]?.[1]).toBeCloseTo(plain?.quantiles[6]?.[1] as number, 6);
  });

  test("seasonal naive repeats the last season and skips what is unknown", () => {
    const y = Float64Array.of(1, 2, 3, 4, Number.NaN, 6);
    expect([...seasonalNaive(y, 6, 4, 3)]).toEqual([4, 2, 6, 4]);
  });
});

describe("fast refits", () => {
  test("two threads give what one gives, and the forecast follows the truth", async () => {
    const random = seededRandom(8);
    const rate = (i: number) => 40 * Math.exp(0.3 * Math.sin((2 * Math.PI * i) / 365.25) + (i % 7 > 4 ? 0.5 : 0));
    const counts = Float64Array.from({ length: 3 * 730 }, (_, k) =>
      negativeBinomialQuantile(random(), rate(k % 730), 20),
    );
    const design = dailyDesign(730, 28);
    const fits = await refitMany(counts, 730, 2);
    expect(fits).toEqual([0, 1, 2].map((k) => refitDaily(counts.slice(k * 730, (k + 1) * 730), design)));
    const f = forecastDaily(fits[0] as (typeof fits)[number], design, 28);
    for (let h = 0; h < 28; h++) {
      expect(Math.abs(Math.log((f.median[h] as number) / rate(730 + h)))).toBeLessThan(0.3);
      expect(f.lower[h]).toBeLessThan(rate(730 + h));
      expect(f.upper[h]).toBeGreaterThan(rate(730 + h));
    }
  });
});
