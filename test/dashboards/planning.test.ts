import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boardFiles } from "../../dashboards/grafana/build.ts";
import { expand } from "../../dashboards/grafana/macros.ts";
import type { Store } from "../../infra/store/port.ts";
import { emptyStore } from "./open.ts";
import * as rows from "./rows.ts";

let fresh: Store;
beforeAll(async () => {
  fresh = await emptyStore();
});
afterAll(async () => fresh.close());

describe("the planners' board", () => {
  const DAY = 86_400_000;
  const today = Math.floor(Date.now() / DAY) * DAY;
  const levels = (at: number) => Array.from({ length: 9 }, (_, l) => at + l);

  test("the fan holds what was said before each day beside what came, and days to come as said last", async () => {
    const said = (issued: number, moments: number[], low: number) => ({
      ...rows.forecastIssue({ issued_at: issued, points: moments.map((at) => ({ at })), step: "day" }),
      quantiles: levels(low).map((q) => moments.map((_, h) => q + 100 * h)),
    });
    const other = { ...said(today, [today], 900), series: "placed" };
    await fresh.insert("forecast_issues", [
      said(today - DAY, [today - DAY, today, today + DAY], 10),
      said(today, [today, today + DAY], 50),
      other,
    ]);
    await fresh.insert("forecast_scores", [
      rows.forecastScore({ at: today - DAY, actual: 13, inside80: 0 }),
      rows.forecastScore({ at: today - DAY, series: "placed", lead: 7, inside80: 1 }),
    ]);
    await fresh.insert("forecast_spikes", [
      rows.forecastSpike({ issued_at: today - DAY, day: today, probability: 0.9 }),
      rows.forecastSpike({ issued_at: today, day: today + DAY }),
      rows.forecastSpike({ issued_at: today, day: today + DAY, region: "420000", probability: 0.1, promotion: 4 }),
    ]);
    const board = JSON.parse(boardFiles().get("dashboards/tocsin/tocsin-planning.json") ?? "");
    const ask = async (title: string, series: string[]) => {
      const panel = board.panels.find((p: { title: string }) => p.title === title);
      const range = { from: new Date(today - 28 * DAY), to: new Date(Date.now() + 14 * DAY), intervalSeconds: 60 };
      return fresh.query<Record<string, unknown>>(expand(panel.targets[0].rawSql, { ...range, variables: { series } }));
    };
    const fan = await ask("Forecast and what came", ["complaints"]);
    expect(fan).toMatchObject([
      { came: 13, median: 14, low_95: 10, high_95: 18, low_50: 13, high_50: 15 },
      { came: null, median: 54, low_80: 52, high_80: 56 },
      { came: null, median: 154, low_95: 150, high_95: 158 },
    ]);
    expect(await ask("Forecast and what came", ["placed"])).toMatchObject([{ median: 904 }]);
    const chances = await ask("Chance of more complaints than a region can answer", []);
    expect(chances).toMatchObject([
      { region: "420000", probability: 0.1 },
      { region: "440000", probability: 0.4 },
    ]);
    expect(await ask("What drives the complaints to come", [])).toMatchObject([
      { promotion: 10, backlog: 2, season: 4 },
    ]);
    expect(await ask("Coverage week by week", [])).toMatchObject([{ inside_80: 0.5, inside_90: 1 }]);
    const states = await ask("Forecasts: state, and share inside of the 90 % interval", []);
    expect(states).toMatchObject([{ series: "complaints", status: "ok", inside_90: 1 }, { series: "placed" }]);
  });

  test("fills each interval down to its lower edge, over the wider ones", () => {
    const board = JSON.parse(boardFiles().get("dashboards/tocsin/tocsin-planning.json") ?? "");
    const { overrides } = board.panels.find((p: { id: number }) => p.id === 5).fieldConfig;
    const fills = overrides.flatMap((o: { properties: { id: string; value: unknown }[] }) =>
      o.properties.filter(({ id }) => id === "custom.fillBelowTo").map(({ value }) => value),
    );
    expect(fills).toEqual(["low_95", "low_80", "low_50"]);
    expect(board.time).toEqual({ from: "now-28d", to: "now+14d" });
  });
});
