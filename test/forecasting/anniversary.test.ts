import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { lastYear } from "../../forecasting/models/last-year.ts";
import { anniversaries } from "../../forecasting/series/anniversary.ts";
import { feastDays, flaggedCountry, withFeasts } from "../../forecasting/series/feasts.ts";
import { CANDIDATE_COUNTRIES } from "../../forecasting/series/holidays.ts";
import { DAY, firstDay, type Panel, timeOf } from "../../forecasting/series/panel.ts";

const WEEKS = 170;

/** Weeks that end on Fridays, from the one that ends 2010-02-05; or that start on Mondays, from 2010-02-01. */
function weeks(country: string | undefined, start = "2010-02-05", y?: (i: number) => number): Panel {
  const panel: Panel = {
    step: 7 * DAY,
    start: Date.parse(start),
    length: WEEKS,
    observed: WEEKS,
    drivers: [],
    groups: [0, 1, 2].map((g) => ({
      name: `g${g}`,
      y: Float64Array.from({ length: WEEKS }, (_, i) => (1 + g) * (y?.(i) ?? 1000)),
      drivers: [],
    })),
  };
  if (!country) return panel;
  return withFeasts(panel, feastDays(country, undefined, panel.start, timeOf(panel, WEEKS)));
}

/** What stands for the week of a date the year before, as dates and shares. */
function yearBefore(panel: Panel, date: string, years = 1) {
  const i = (Date.parse(date) - panel.start) / panel.step;
  const parts = anniversaries(panel)(i, years).map(({ at, share }) => [
    new Date(timeOf(panel, at)).toISOString().slice(0, 10),
    Math.round(share * 7 * 100) / 100,
  ]);
  return Object.fromEntries(parts.sort());
}

describe("the same days of last year", () => {
  const us = weeks("US");

  test("Easter, with the days before it, is where it was, three weeks earlier; so is Thanksgiving, by its weekday", () => {
    // The Saturday with which the week begins lies eight days before, one too many: it has only its date.
    expect(yearBefore(us, "2011-04-22")).toEqual({ "2010-04-02": 6, "2010-04-16": 1 });
    expect(yearBefore(us, "2012-04-06")).toMatchObject({ "2011-04-22": 6 });
    expect(yearBefore(us, "2012-04-06", 2)).toMatchObject({ "2010-04-02": 6 });
    expect(yearBefore(us, "2011-11-25")).toEqual({ "2010-11-26": 7 });
  });

  test("Christmas has a date: the week that now ends on 30 December holds its Eve, which last year lay in the one before", () => {
    expect(yearBefore(us, "2011-12-30")).toEqual({ "2010-12-24": 1, "2010-12-31": 6 });
    expect(yearBefore(us, "2011-12-23")).toEqual({ "2010-12-17": 1, "2010-12-24": 6 });
  });

  test("where Easter was and is no more, the ordinary days around it stand in", () => {
    const parts = yearBefore(us, "2011-04-01");
    expect(parts["2010-04-02"] ?? 0).toBeLessThan(2);
    expect(Object.keys(parts).some((date) => date < "2010-03-27")).toBe(true);
  });

  test("without a calendar dates alone count", () => {
    expect(yearBefore(weeks(undefined), "2011-11-25")).toEqual({ "2010-11-19": 1, "2010-11-26": 6 });
  });

  test("the new year of the moon, in weeks that start on Mondays", () => {
    // 3 February 2011 and 23 January 2012: eleven days apart.
    const china = weeks("CN", "2010-02-01");
    expect(firstDay(china, 0)).toBe(Date.parse("2010-02-01") / DAY);
    const parts = yearBefore(china, "2012-01-16");
    expect(parts["2011-01-24"]).toBeGreaterThan(3);
    expect((parts["2011-01-24"] ?? 0) + (parts["2011-01-31"] ?? 0)).toBeGreaterThanOrEqual(6);
  });

  test("a law: shares add up to one and lie in the year meant, for any country and week", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CANDIDATE_COUNTRIES),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 105, max: 169 }),
        fc.constantFrom(1, 2),
        (country, weekday, i, years) => {
          const panel = weeks(country, new Date(Date.parse("2010-02-01") + weekday * DAY).toISOString().slice(0, 10));
          const parts = anniversaries(panel)(i, years);
          expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
          for (const { at } of parts) expect(Math.abs(at - (i - 52 * years))).toBeLessThanOrEqual(10);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a sale in the week before Easter is forecast where Easter will be, and nowhere else", () => {
    const easter = new Set(["2010-04-02", "2011-04-22", "2012-04-06"].map((d) => (Date.parse(d) - us.start) / us.step));
    const panel = weeks("US", "2010-02-05", (i) => (easter.has(i) ? 1500 : 1000));
    const origin = 108;
    const [path] = lastYear(0.9).issue(panel, origin, 8).location;
    // A day of a week is a seventh of it, and one lies outside of the days before.
    path?.forEach((v, h) => {
      const [low, high] = easter.has(origin + h) ? [1380, 1600] : [940, 1100];
      expect(Math.exp(v)).toBeGreaterThan(low as number);
      expect(Math.exp(v)).toBeLessThan(high as number);
    });
  });
});

describe("whose calendar it is", () => {
  const flags = (named: Record<string, readonly string[]>): Panel => {
    const panel = weeks(undefined);
    const drivers = Object.keys(named).map((name) => ({ name: `Holiday=${name}`, kind: "flag" as const }));
    const columns = Object.values(named).map((dates) =>
      Float64Array.from({ length: WEEKS }, (_, i) =>
        dates.includes(new Date(timeOf(panel, i)).toISOString().slice(0, 10)) ? 1 : 0,
      ),
    );
    return { ...panel, drivers, groups: panel.groups.map((g) => ({ ...g, drivers: columns })) };
  };

  test("by the names and weeks of flagged holidays; weeks alone, or one that many share, say nothing", () => {
    expect(flaggedCountry(flags({ Thanksgiving: ["2010-11-26"], Labor_Day: ["2010-09-10"] }), 60)).toBe("US");
    expect(flaggedCountry(flags({ Carnaval: ["2011-03-11"], Natal: ["2010-12-31"] }), 60)).toBe("BR");
    expect(flaggedCountry(flags({ Christmas: ["2010-12-31"] }), 60)).toBeUndefined();
    expect(flaggedCountry(flags({ a: ["2010-11-26"], b: ["2010-12-31"] }), 60)).toBeUndefined();
    expect(flaggedCountry(weeks(undefined), 60)).toBeUndefined();
  });
});
