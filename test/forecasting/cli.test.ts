import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { registerBacktest } from "../../forecasting/cli/backtest.ts";
import { registerForecast } from "../../forecasting/cli/forecast.ts";
import { dataPath, describeWithData } from "./data.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-cli-"));
afterAll(() => rmSync(folder, { recursive: true }));

let out = "";
let err = "";
beforeEach(() => {
  out = "";
  err = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function tocsin(...args: string[]): Promise<void> {
  const program = new Command("tocsin").exitOverride();
  registerForecast(program);
  registerBacktest(program);
  await program.parseAsync(["node", "tocsin", ...args]);
}

const input = join(folder, "hours.csv");
const hours = Array.from({ length: 24 * 21 }, (_, i) => {
  const time = new Date(Date.UTC(2024, 2, 4) + i * 3_600_000).toISOString();
  return `${time},${Math.round(12 + 8 * Math.sin((2 * Math.PI * i) / 24) + ((i * 7919) % 5))}`;
});
writeFileSync(input, `time,calls\n${hours.join("\n")}\n`);

describe("verbs", () => {
  test("backtest prints one document and dumps every forecast in the agreed columns", async () => {
    const dump = join(folder, "dump.csv");
    await tocsin(
      "backtest",
      "--input",
      input,
      "--target",
      "calls",
      "--origins",
      "4",
      "--horizon",
      "24",
      "--json",
      "--dump",
      dump,
    );
    const result = JSON.parse(out);
    expect(result.origins).toHaveLength(4);
    expect(result.origins[3]).toBe("2024-03-24T00:00:00Z");
    for (const key of [
      "mae",
      "wape",
      "mase",
      "pinball",
      "weightedQuantileLoss",
      "coverage80",
      "coverage90",
      "coverage95",
    ]) {
      expect(result.model[key]).toBeTypeOf("number");
      expect(result.seasonalNaive[key]).toBeTypeOf("number");
    }
    expect(result.gain).toBeGreaterThan(0);
    const lines = readFileSync(dump, "utf8").trim().split("\n");
    expect(lines[0]).toBe("group,origin,time,horizon,actual,mean,q05,q10,q20,q30,q40,q50,q60,q70,q80,q90,q95");
    expect(lines).toHaveLength(1 + 4 * 24);
    // The figures can be recomputed from the dump alone.
    const rows = lines.slice(1).map((line) =>
      line
        .split(",")
        .slice(1)
        .map((v, i) => (i < 2 ? v : Number(v))),
    );
    const mae = rows.reduce((sum, row) => sum + Math.abs((row[3] as number) - (row[10] as number)), 0) / rows.length;
    expect(mae).toBeCloseTo(result.model.mae, 6);
  });

  test("forecast names every moment ahead, with the chance of exceeding a capacity", async () => {
    await tocsin("forecast", "--input", input, "--target", "calls", "--horizon", "6", "--capacity", "15", "--json");
    const result = JSON.parse(out);
    expect(result.forecasts.map((f: { time: string }) => f.time)[0]).toBe("2024-03-25T00:00:00Z");
    expect(result.forecasts).toHaveLength(6);
    for (const f of result.forecasts) {
      expect(f.q05).toBeLessThanOrEqual(f.q50);
      expect(f.q50).toBeLessThanOrEqual(f.q95);
      expect(f.exceeds).toBeGreaterThanOrEqual(0);
      expect(f.exceeds).toBeLessThanOrEqual(1);
      expect(f.drivenBy.length).toBeGreaterThan(0);
    }
  });

  test("what if: an edited calendar says what it would change, with intervals; the same calendar nothing", async () => {
    const days = Array.from({ length: 120 }, (_, i) => {
      const day = new Date(Date.UTC(2024, 0, 1) + i * 86_400_000).toISOString().slice(0, 10);
      return `${day},${50 + (i % 7) * 3 + ((i * 7919) % 5)}`;
    });
    const [series, calendar] = [join(folder, "days.csv"), join(folder, "calendar.csv")];
    writeFileSync(series, `date,orders\n${days.join("\n")}\n`);
    writeFileSync(calendar, "name,from,to,uplift\nspring sale,2024-05-06,2024-05-07,3\n");
    const base = [
      "forecast",
      "--input",
      series,
      "--target",
      "orders",
      "--horizon",
      "10",
      "--country",
      "none",
      "--json",
    ];
    await tocsin(...base, "--what-if", calendar);
    const { whatIf } = JSON.parse(out);
    const on = (day: string) => whatIf.find((row: { time: string }) => row.time === day);
    expect(on("2024-05-06").difference).toBeGreaterThan(25);
    expect(on("2024-05-06").low).toBeGreaterThan(0);
    expect(on("2024-05-06").high).toBeGreaterThan(on("2024-05-06").low + 20);
    expect(on("2024-04-30")).toMatchObject({ low: 0, high: 0 });
    out = "";
    await tocsin(...base, "--promotions", calendar, "--what-if", calendar);
    expect(JSON.parse(out).whatIf.every((row: { difference: number }) => row.difference === 0)).toBe(true);
    out = "";
    await tocsin(...base, "--what-if", series);
    expect(err).toContain("expected columns name, from and to");
  }, 120_000);

  test("wrong input is said on standard error and fails", async () => {
    await tocsin("forecast", "--input", input, "--target", "orders", "--horizon", "6", "--json");
    expect(err).toContain('expected a column "orders", got time, calls');
    expect(out).toBe("");
    expect(process.exitCode).toBe(1);
    await tocsin("backtest", "--input", input, "--target", "calls", "--origins", "400", "--horizon", "24");
    expect(err).toContain("expected at least 8 moments before the first origin");
  });
});

describeWithData("an independent scorer agrees", "../checks", () => {
  test("forecast.py finds the same gain in the dump", async () => {
    const dump = join(folder, "nyc.csv");
    const raw = dataPath("nyc311/daily_2016_2017.csv");
    await tocsin(
      "backtest",
      "--input",
      raw,
      "--target",
      "complaints",
      "--known",
      "temp_mean_f",
      "--origins",
      "5",
      "--horizon",
      "28",
      "--json",
      "--dump",
      dump,
    );
    const { gain } = JSON.parse(out);
    const scored = spawnSync(
      "python3",
      [dataPath("../checks/forecast.py"), dump, raw, "date", "complaints", "", "7", "0"],
      { encoding: "utf8" },
    );
    const theirs = Number(/seasonal naive (-?[\d.]+)/.exec(scored.stdout)?.[1]);
    expect(theirs).toBeCloseTo(gain, 2);
    expect(scored.stdout).toContain("not matched 0");
  }, 300_000);
});
