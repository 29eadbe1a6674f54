// How long it takes to judge the last day of many daily series of three years, in memory and by the command from CSV to JSON,
// beside R's best known detector on the same, and to scan a country's cities for clusters.
// node --import tsx infra/bench/detectors.ts [series]   prints one JSON document.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findMethod } from "../../forecasting/detectors/methods.ts";
import { scanSeries } from "../../forecasting/detectors/run-scan.ts";
import { readSeries, type TableSeries } from "../../forecasting/detectors/series-table.ts";
import { judgeAll, tocsinMany } from "../../forecasting/detectors/tocsin/many.ts";
import { negativeBinomialCount } from "../../forecasting/detectors/tocsin/sampling.ts";
import { TOCSIN_DEFAULTS } from "../../forecasting/detectors/tocsin.ts";
import { seededRandom } from "../../forecasting/math/random.ts";
import { readCells } from "../../forecasting/series/read-csv.ts";

const DAYS = 1095;
const DAY = 86_400_000;
const many = Number(process.argv[2] ?? 10_000);
if (!Number.isInteger(many) || many < 100) throw new TypeError(`series: expected 100 or more, got ${process.argv[2]}`);
const random = seededRandom(11);
const tell = (text: string) => process.stderr.write(`${text}\n`);

/** Counts of all levels and spreads, with a week, a year and a trend. */
function daily(): Float64Array {
  const level = 0.3 * 300 ** random();
  const phi = 1 + 2 * random() ** 2;
  const [year, turn, week, trend] = [0.6 * random(), 6.3 * random(), 0.5 * random(), 0.4 * (random() - 0.5)];
  return Float64Array.from({ length: DAYS }, (_, t) => {
    const season = year * Math.cos((2 * Math.PI * t) / 365 + turn) + (t % 7 > 4 ? week : 0) + (trend * t) / DAYS;
    const mean = level * Math.exp(season);
    return negativeBinomialCount(random, mean, mean / (phi - 1));
  });
}

interface Took {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

async function timed<T>(work: () => T | Promise<T>): Promise<Took & { value: T }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { value, seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const took = ({ seconds, cpuSeconds }: Took): Took => ({
  seconds: Number(seconds.toFixed(2)),
  cpuSeconds: Number(cpuSeconds.toFixed(2)),
});

const options = { ...TOCSIN_DEFAULTS, freq: 365 };
const counts = Array.from({ length: many }, daily);
const tasks = counts.map((y) => ({ input: { counts: y }, from: DAYS - 1 }));
judgeAll(tasks.slice(0, 50), options);
tell(`${many} series of ${DAYS} days`);
const threads = availableParallelism();
const all = await timed(() => tocsinMany(tasks, options, threads));
const some = tasks.slice(0, Math.min(many, 500));
const alone = await timed(() => judgeAll(some, options));
const farrington = findMethod("farringtonFlexible");
const plain = { freq: 365, b: 2, w: 3, noPeriods: 1 };
const few = counts.slice(0, Math.min(many, 500));
const beside = await timed(() =>
  few.map((y) => farrington?.judge({ counts: y, exposure: undefined }, DAYS - 1, plain)),
);

tell("the same from a file");
const folder = mkdtempSync(join(tmpdir(), "tocsin-bench-"));
const file = join(folder, "series.csv");
const dates = Array.from({ length: DAYS }, (_, t) =>
  new Date(Date.UTC(2021, 0, 1) + t * DAY).toISOString().slice(0, 10),
);
const lines = counts.map((y, k) => `${dates.map((date, t) => `s${k},${date},${y[t]}`).join("\n")}\n`);
writeFileSync(file, Buffer.concat([Buffer.from("series,time,count\n"), ...lines.map((text) => Buffer.from(text))]));
const reading = await timed(() => readSeries(readCells(file), []).length);
const command = fromFile(file, dates.at(-1) as string);
rmSync(folder, { recursive: true });

/** The whole command in a process of its own, whose shell tells the CPU it took. */
function fromFile(input: string, from: string): Took {
  const cli = fileURLToPath(new URL("../cli/tocsin.js", import.meta.url));
  const args = [cli, "detect", "--method", "tocsin", "--input", input, "--from", from, "--json"];
  const start = performance.now();
  const script = '"$@" > /dev/null && times';
  const { status, stdout } = spawnSync("sh", ["-c", script, "sh", process.execPath, ...args], { encoding: "utf8" });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`detect ended with ${status}`);
  // The second line is of the shell's children: user and system, as 0m1.5s.
  const spent = [...(stdout.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
  return {
    seconds,
    cpuSeconds: spent.reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0),
  };
}

/** Cities where parcels go, clustered as people are. */
function cities(places: number, days: number): TableSeries[] {
  return Array.from({ length: places }, (_, l) => {
    const population = 1e5 * 100 ** random();
    const column = (value: number) => new Float64Array(days).fill(value);
    const columns = new Map([
      ["lat", column(20 + 25 * random())],
      ["lon", column(85 + 40 * random())],
      ["exposure", column(population)],
    ]);
    const times = Float64Array.from({ length: days }, (_, t) => t);
    const y = times.map(() => negativeBinomialCount(random, population / 2e5, Number.POSITIVE_INFINITY));
    return { name: `c${l}`, labels: Array.from(times, String), times, counts: y, columns };
  });
}
tell("340 cities, 28 days");
const map = cities(340, 28);
const scanned = async (replicas: number) =>
  took(await timed(() => scanSeries("scan.prospective", map, { replicas }, undefined)));

const perSeries = (work: Took, n: number) => Number(((1000 * work.cpuSeconds) / n).toFixed(3));
const result = {
  series: many,
  days: DAYS,
  threads,
  judged: took(all),
  cpuMsASeries: { tocsin: perSeries(alone, some.length), farringtonFlexible: perSeries(beside, few.length) },
  tocsinOverFarrington: Number((alone.cpuSeconds / some.length / (beside.cpuSeconds / few.length)).toFixed(2)),
  reading: took(reading),
  command: took(command),
  scan: { cities: 340, days: 28, replicas999: await scanned(999), replicas3996: await scanned(3996) },
  load: loadavg()[0],
};
process.stdout.write(`${JSON.stringify(result)}\n`);
