import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { backtest, forecastNow } from "../../forecasting/backtest.ts";
import { ensembleWeights } from "../../forecasting/combine/weights.ts";
import { forecastersFor } from "../../forecasting/models/pool.ts";
import { readPanel } from "../../forecasting/series/read-panel.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-nasty-"));
afterAll(() => rmSync(folder, { recursive: true }));
const day = (i: number) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
const usual = (i: number) => 50 + 10 * (i % 7) + ((i * 7919) % 11);

function panelOf(rows: readonly string[], header = "date,y", group?: string) {
  const input = join(folder, `${header.length}-${rows.length}-${rows[0]?.length}.csv`);
  writeFileSync(input, `${[header, ...rows].join("\n")}\n`);
  return readPanel({ input, target: "y", group, gaps: "unknown", negatives: "zero" }).panel;
}

const days = (n: number, row: (i: number) => string | number, separator = ",") =>
  Array.from({ length: n }, (_, i) => `${day(i)}${separator}${row(i)}`);

/** A forecast and a backtest of it, all of whose numbers are numbers and in order. */
function play(panel: ReturnType<typeof panelOf>) {
  const now = forecastNow(panel, forecastersFor(panel), panel.observed - 3, 3);
  for (const { mean, quantiles } of now.groups) {
    expect(mean.every(Number.isFinite)).toBe(true);
    quantiles.forEach((q, l) => {
      expect(q.every((v, h) => v >= (l === 0 ? 0 : (quantiles[l - 1]?.[h] as number)))).toBe(true);
    });
  }
  const options = { origins: [panel.observed - 6, panel.observed - 3], horizon: 3, step: 3, season: 7 };
  const { model } = backtest(panel, forecastersFor(panel), options);
  expect(Number.isFinite(model.mae)).toBe(true);
  return { now, model };
}

describe("series that are no ordinary ones", () => {
  test("a constant is forecast as itself", () => {
    const { now, model } = play(panelOf(days(60, () => 7)));
    expect(now.groups[0]?.quantiles[6]?.[0]).toBeCloseTo(7, 6);
    expect(model.mae).toBeLessThan(1e-6);
  });

  test("nothing at all goes on as nothing", () => {
    const { now } = play(panelOf(days(61, () => 0)));
    expect(now.groups[0]?.quantiles[6]?.[0]).toBeLessThan(0.01);
  });

  test("a series that begins later than others, and one of a single value, leave the others what they are", () => {
    const rows = [
      ...days(62, (i) => `a,${usual(i)}`),
      ...days(62, (i) => `b,${2 * usual(i)}`).slice(48),
      `${day(55)},c,3`,
    ];
    const { now } = play(panelOf(rows, "date,g,y", "g"));
    expect(now.groups.map(({ group }) => group)).toEqual(["a", "b", "c"]);
    expect(now.groups[0]?.mean[0]).toBeGreaterThan(40);
    expect(now.groups[1]?.mean[0]).toBeGreaterThan(80);
  });

  test("separated by semicolons with decimal commas, or by tabs, it is the same series", () => {
    const plain = panelOf(days(20, (i) => usual(i) + 0.5));
    const comma = (i: number) => `${usual(i)},5`;
    expect(panelOf(days(20, comma, ";"), "date;y").groups).toEqual(plain.groups);
    expect(
      panelOf(
        days(20, (i) => usual(i) + 0.5, "\t"),
        "date\ty",
      ).groups,
    ).toEqual(plain.groups);
  });

  test("dates of another form are shown with what was expected", () => {
    const rows = Array.from({ length: 9 }, (_, i) => `0${i + 1}.01.2024,${i}`);
    expect(() => panelOf(rows)).toThrow(/expected a column of ISO dates.*row 2 has date "01.01.2024", y "0"/);
  });
});

test("competitors without any error count the same", () => {
  const path = Float64Array.of(1, 2, 3);
  const past = { locations: [path, path, path.map((v) => v + 1)], actual: path, importance: Float64Array.of(1, 1, 1) };
  expect([...ensembleWeights(past)]).toEqual([0.5, 0.5, 0]);
});
