import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { afterAll, expect, test } from "vitest";
import { detect, detectedCsv, detectedJson, registerDetect } from "../../forecasting/cli/detect.ts";
import { registerScoreDetectors, scoreDetectors, scoreTable } from "../../forecasting/cli/score-detectors.ts";
import { scoreOutbreaks } from "../../forecasting/detectors/score-outbreaks.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-detect-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const week = "time,count\n1,3\n2,4\n3,2\n4,5\n5,3\n6,4\n7,3\n8,15\n9,4\n";

test("a method by its reference name, judged from a time, as JSON", async () => {
  const found = await detect({ method: "earsC", input: file("a.csv", week), from: "8", options: '{"method":"C1"}' });
  const { method, series } = JSON.parse(detectedJson(found));
  expect(method).toBe("earsC");
  expect(series[0].points.map((p: { time: number; alarm: boolean }) => [p.time, p.alarm])).toEqual([
    [8, true],
    [9, false],
  ]);
  expect(series[0].points[0].upper).toBeCloseTo(24 / 7 + 3.090232306 * Math.sqrt(20 / 21), 6);
});

test("as CSV; without --from the first step that can be judged", async () => {
  const text = detectedCsv(await detect({ method: "c1", input: file("b.csv", week) }));
  const rows = text.trim().split("\n");
  expect(rows[0]).toBe("series,time,count,expected,upper,pvalue,alarm");
  expect(rows.slice(1).map((r) => r.split(",").slice(0, 3).join())).toEqual(["all,8,15", "all,9,4"]);
  expect(rows[1]?.endsWith(",1")).toBe(true);
});

test("long tables, rows in any order, empty counts, and days no row tells of", async () => {
  const days = Array.from({ length: 12 }, (_, d) => `2024-03-${String(d + 1).padStart(2, "0")}`);
  const rows = ["east", "west"].flatMap((region) => days.map((day, d) => `${region},${day},${d % 3}`));
  const kept = rows
    .filter((r) => r !== "west,2024-03-05,1")
    .map((r) => (r === "east,2024-03-12,2" ? "east,2024-03-12," : r));
  const input = file("long.csv", `region,date,cases\n${kept.reverse().join("\n")}\n`);
  const found = await detect({ method: "c1", input, from: "2024-03-10", options: '{"baseline":5}' });
  if (!("series" in found)) throw new Error("expected series");
  const east = found.series.find((s) => s.series === "east");
  expect(east?.points.map((p) => p.time)).toEqual(["2024-03-10", "2024-03-11", "2024-03-12"]);
  expect(east?.points[2]?.alarm).toBe(false);
  expect(east?.points[2]?.count).toBeNaN();
  // The fifth is missing, so west's first baseline of five holds four days.
  const west = found.series.find((s) => s.series === "west");
  expect(west?.points[0]?.expected).toBeCloseTo((2 + 0 + 1 + 2) / 4, 12);
});

test("unknown options are said, wrong ones are refused", async () => {
  const input = file("c.csv", week);
  expect((await detect({ method: "c1", input, options: '{"basline":9,"verbose":true}' })).notes).toEqual([
    expect.stringContaining("option basline is not known"),
  ]);
  await expect(detect({ method: "c1", input, options: "[1]" })).rejects.toThrow("expected a JSON object");
  await expect(detect({ method: "nothing", input })).rejects.toThrow("method: expected one of");
  await expect(detect({ method: "c1", input, from: "3" })).rejects.toThrow("expected at least 7 earlier steps");
});

test("what is wrong with a table is said with its row", async () => {
  const bad = (text: string) => detect({ method: "c1", input: file("bad.csv", text) });
  await expect(bad("time,count\n1,2\nx,3\n")).rejects.toThrow(
    'row 3: expected a number or an ISO date as time, got "x"',
  );
  await expect(bad("time,count\n1,2\n2,many\n")).rejects.toThrow(
    'row 3, count: expected a number or nothing, got "many"',
  );
  await expect(bad("time,count\n1,2\n1,3\n")).rejects.toThrow("two rows for 1");
  await expect(bad("time,count\n1,-2\n")).rejects.toThrow("expected counts >= 0");
  await expect(bad("when,count\n1,2\n")).rejects.toThrow("expected a column time");
});

test("a daily and a weekly series in one file are each judged as if alone, whichever comes first", async () => {
  const rows = (name: string, step: number, n: number) =>
    Array.from({ length: n }, (_, t) => {
      const date = new Date(Date.UTC(2021, 0, 4) + t * step * 86_400_000).toISOString().slice(0, 10);
      return `${name},${date},${((t * 7919) % 11) + (t % 7 < 2 ? 6 : 0) + (t > n - 3 ? 30 : 0)}`;
    });
  const daily = rows("daily", 1, 700);
  const weekly = rows("weekly", 7, 100);
  const judge = async (name: string, lines: string[], method: string, options?: string) => {
    const input = file(name, `series,time,count\n${lines.join("\n")}\n`);
    return detect({ method, input, from: "2022-11-01", ...(options ? { options } : {}) });
  };
  const seriesOf = (found: Awaited<ReturnType<typeof judge>>) => ("series" in found ? found.series : []);
  for (const method of ["tocsin", "cusum"]) {
    const [d] = seriesOf(await judge("d.csv", daily, method));
    const [w] = seriesOf(await judge("w.csv", weekly, method));
    expect([d?.points.length, w?.points.length]).toEqual([34, 4]);
    expect(w?.points.at(-1)?.alarm).toBe(true);
    expect(seriesOf(await judge("dw.csv", [...daily, ...weekly], method))).toEqual([d, w]);
    expect(seriesOf(await judge("wd.csv", [...weekly, ...daily], method))).toEqual([w, d]);
  }
  const { notes } = await judge("given.csv", [...daily, ...weekly], "tocsin", '{"freq":52}');
  expect(notes).toEqual([
    'freq: 52 steps a year are taken for every series, though their times say 365 (series "daily"), 52 (series "weekly")',
  ]);
  expect((await judge("one.csv", daily, "tocsin", '{"freq":52}')).notes).toEqual([]);
});

test("a scan finds the places; coordinates may come from a registry", async () => {
  const places = ["a", "b", "c", "d", "e", "f"];
  const rows = places.flatMap((p, i) => [1, 2, 3, 4].map((t) => `${t},${p},${i < 2 && t > 2 ? 20 : 5}`));
  const input = file("places.csv", `time,region,count\n${rows.join("\n")}\n`);
  const registry = places.map((p, i) => `${p},${30 + i},110,1000`).join("\n");
  const regions = file("regions.csv", `code,lat,lon,population\n${registry}\n`);
  const found = await detect({ method: "scan.prospective", input, regions, options: '{"replicas":99}' });
  const { clusters } = JSON.parse(detectedJson(found));
  expect(clusters[0].members.sort()).toEqual(["a", "b"]);
  expect([clusters[0].from, clusters[0].to, clusters[0].observed]).toEqual(["3", "4", 80]);
  expect(clusters[0].pvalue).toBe(0.01);
  expect(detectedCsv(found).split("\n")[0]).toContain(
    "members,center,radius,from,to,observed,expected,relativeRisk,llr,pvalue",
  );
});

test("the verbs are registered with their options", () => {
  const program = new Command();
  registerDetect(program);
  registerScoreDetectors(program.command("score"));
  const flags = program.commands.flatMap((c) => c.options.map((o) => o.long));
  expect(flags).toEqual(expect.arrayContaining(["--method", "--input", "--options", "--from", "--json", "--format"]));
  expect(program.commands[1]?.commands[0]?.name()).toBe("detectors");
});

test("scores by hand: thresholds from the quiet series, detections from the other", () => {
  const quiet = new Map([["s", new Map(Array.from({ length: 100 }, (_, i) => [i, (i + 1) / 100]))]]);
  const outbreaks = new Map([
    [
      "s",
      new Map([
        [5, 0.5],
        [6, 0.001],
      ]),
    ],
    ["r", new Map([[5, 0.02]])],
  ]);
  const truth = [
    { series: "s", start: 5, end: 6 },
    { series: "r", start: 5, end: 9 },
  ];
  const [one, five] = scoreOutbreaks(quiet, outbreaks, truth, [0.01, 0.05]);
  expect(one).toEqual({
    falsePositiveRate: 0.01,
    threshold: 0.02,
    detected: 0.5,
    firstStep: 0,
    delay: 1,
    nominal: 0.01,
  });
  expect(five).toMatchObject({ detected: 1, firstStep: 0.5, delay: 0.5, nominal: 0.05 });
});

test("a folder of series is scored for each method", async () => {
  const series = (bump: number) =>
    ["x", "y"].flatMap((s) =>
      Array.from({ length: 40 }, (_, t) => `${s},${t + 1},${((t * 7) % 5) + (t === 35 ? bump : 0)}`),
    );
  file("null.csv", `series,time,count\n${series(0).join("\n")}\n`);
  file("outbreak.csv", `series,time,count\n${series(40).join("\n")}\n`);
  file("truth.csv", "series,start,end\nx,36,36\ny,36,36\n");
  const scores = await scoreDetectors(folder, { methods: ["c1", "c2"], from: "30" });
  expect(scores.map((s) => [s.method, s.scores[0]?.detected])).toEqual([
    ["c1", 1],
    ["c2", 1],
  ]);
  expect(scoreTable(scores)).toContain("c2\t0.05\t1.000\t1.000\t0.000");
});
