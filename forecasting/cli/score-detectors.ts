import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { JudgedSeries } from "../detectors/run-methods.ts";
import { type Judged, type OutbreakScore, scoreOutbreaks, type Truth } from "../detectors/score-outbreaks.ts";
import { columnIndex, readTable } from "../series/read-csv.ts";
import { detect, explain } from "./detect.ts";

const RATES = [0.01, 0.02, 0.05] as const;

export type ScoreDetectorsOptions = {
  readonly methods: readonly string[];
  readonly from: string;
  readonly options?: string;
};

export type DetectorScores = { readonly method: string; readonly scores: readonly OutbreakScore[] };

/** `score detectors`: probability of detection at matched false positive rates. */
export function registerScoreDetectors(score: Command): void {
  score
    .command("detectors")
    .description("probability of detection on series without and with outbreaks, at matched false positive rates")
    .argument("<dir>", "holds null.csv, outbreak.csv (.gz or not) and truth.csv of series,start,end")
    .option("--methods <names>", "comma-separated methods of `detect`", "tocsin")
    .option("--from <time>", "first step judged", "576")
    .option("--options <json>", "options for every method")
    .option("--json", "one JSON document on standard output")
    .action(async (dir: string, given: { methods: string; from: string; options?: string; json?: boolean }) => {
      try {
        const methods = given.methods.split(",").map((name) => name.trim());
        const scores = await scoreDetectors(dir, { ...given, methods });
        process.stdout.write(given.json ? `${JSON.stringify({ detectors: scores })}\n` : scoreTable(scores));
      } catch (error) {
        process.stderr.write(`${explain(error)}\n`);
        process.exitCode = 1;
      }
    });
}

/** @throws Error for a missing file or a method that cannot judge these series */
export async function scoreDetectors(dir: string, options: ScoreDetectorsOptions): Promise<DetectorScores[]> {
  const table = readTable(join(dir, "truth.csv"));
  const [series, start, end] = ["series", "start", "end"].map((name) => columnIndex(table, name));
  const truth: Truth[] = table.rows.map((row) => ({
    series: row[series as number] ?? "",
    start: Number(row[start as number]),
    end: Number(row[end as number]),
  }));
  const all: DetectorScores[] = [];
  for (const method of options.methods) {
    const judge = async (name: string): Promise<Judged> => {
      const found = await detect({ ...options, method, input: inputFile(dir, name) });
      if (!("series" in found)) throw new Error(`methods: expected methods that judge steps, got ${method}`);
      return byTime(found.series);
    };
    all.push({ method, scores: scoreOutbreaks(await judge("null"), await judge("outbreak"), truth, RATES) });
  }
  return all;
}

function inputFile(dir: string, name: string): string {
  const plain = join(dir, `${name}.csv`);
  return existsSync(plain) ? plain : `${plain}.gz`;
}

function byTime(judged: readonly JudgedSeries[]): Judged {
  return new Map(judged.map(({ series, points }) => [series, new Map(points.map((p) => [Number(p.time), p.pvalue]))]));
}

/** A line for each method and rate. */
export function scoreTable(all: readonly DetectorScores[]): string {
  const lines = [["method", "false positives", "detected", "first step", "delay", "nominal gives"].join("\t")];
  for (const { method, scores } of all) {
    for (const s of scores) {
      const shares = [s.detected, s.firstStep, s.delay].map((v) => v.toFixed(3));
      lines.push([method, s.falsePositiveRate, ...shares, s.nominal.toFixed(4)].join("\t"));
    }
  }
  return `${lines.join("\n")}\n`;
}
