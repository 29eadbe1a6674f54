import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { dataPath, describeWithData } from "./data.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-black-friday-"));
afterAll(() => rmSync(folder, { recursive: true }));
const TOCSIN = resolve("infra/cli/tocsin.js");

/** Runs the command as the manual has it. */
function tocsin(...args: string[]) {
  const { status, stdout, stderr } = spawnSync("node", [TOCSIN, ...args], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`tocsin ${args.join(" ")}: expected exit code 0, got ${status}: ${stderr}`);
  return stdout;
}

describeWithData("Black Friday 2017, announced four weeks ahead, last year's lift unknown", "olist-2017", () => {
  test("the interval holds the peak", () => {
    tocsin("import", "olist", dataPath("olist-2017"), "--out", "o.ndjson.gz", "--daily", "days.csv");
    const days = readFileSync(join(folder, "days.csv"), "utf8").trim().split("\n");
    const peak = Number(days.find((line) => line.startsWith("2017-11-24"))?.split(",")[1]);
    expect(peak).toBeGreaterThan(500);
    // What was known four weeks before the day, and an announcement made the day before that.
    const known = days.filter((line) => line < "2017-10-28" || line.startsWith("date"));
    writeFileSync(join(folder, "known.csv"), `${known.map((line) => line.replace(/,[^,]*$/, "")).join("\n")}\n`);
    const calendar = (issued: string) => `name,from,to,issued\nBlack Friday,2017-11-24,2017-11-24,${issued}\n`;
    writeFileSync(join(folder, "calendar.csv"), calendar("2017-10-27"));
    writeFileSync(join(folder, "late.csv"), calendar("2017-11-20"));
    const options = ["--target", "orders", "--country", "BR", "--horizon", "28", "--json"];
    const out = tocsin("forecast", "--input", "known.csv", ...options, "--promotions", "calendar.csv");
    const told = JSON.parse(out).forecasts.find((f: { time: string }) => f.time === "2017-11-24");
    expect(told.horizon).toBe(28);
    expect(peak).toBeGreaterThan(told.q025);
    expect(peak).toBeLessThan(told.q975);
    expect(peak).toBeLessThan(told.q95);
    expect(told.q50).toBeGreaterThan(200);
  }, 180_000);

  test("a backtest knows nothing of what was announced after its origin", () => {
    const options = ["--target", "orders", "--ignore", "complaints", "--country", "BR", "--promotions", "late.csv"];
    const origins = ["--first", "2017-10-28", "--origins", "1", "--horizon", "28", "--dump", "dump.csv"];
    tocsin("backtest", "--input", "days.csv", ...options, ...origins);
    const [columns, ...rows] = readFileSync(join(folder, "dump.csv"), "utf8").trim().split("\n");
    const day = rows.find((row) => row.split(",")[2] === "2017-11-24")?.split(",") ?? [];
    const of = (name: string) => Number(day[(columns ?? "").split(",").indexOf(name)]);
    expect(of("actual")).toBeGreaterThan(2 * of("q95"));
  }, 180_000);
});
