/** Prints how long it takes to refit many daily series and to forecast one: `node --import tsx infra/bench/refit.ts [series]`. */
import { performance } from "node:perf_hooks";
import { dailyDesign, forecastDaily } from "../../forecasting/fast/refit.ts";
import { refitMany } from "../../forecasting/fast/refit-many.ts";
import { negativeBinomialQuantile } from "../../forecasting/math/negative-binomial.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

const DAYS = 730;
const series = Number(process.argv[2] ?? 10_000);
const random = seededRandom(7);
const counts = new Float64Array(series * DAYS);
for (let k = 0; k < series; k++) {
  const scale = Math.exp(1 + 4 * random());
  const theta = 2 + 30 * random();
  for (let i = 0; i < DAYS; i++) {
    const mu = scale * Math.exp(0.3 * Math.sin((2 * Math.PI * i) / 365) + (i % 7 > 4 ? 0.4 : 0) + (0.3 * i) / DAYS);
    counts[k * DAYS + i] = negativeBinomialQuantile(random(), mu, theta);
  }
}
// The threads' start is no part of the work, so it is taken off.
const idle = process.cpuUsage();
await refitMany(counts.slice(0, 2 * DAYS), DAYS, 2);
const begun = process.cpuUsage(idle);
const before = process.cpuUsage();
const start = performance.now();
const fits = await refitMany(counts, DAYS, 2);
const took = (performance.now() - start) / 1000;
const used = process.cpuUsage(before);
const cpu = (used.user + used.system - begun.user - begun.system) / 1e6;
const design = dailyDesign(DAYS, 35);
const one = performance.now();
for (const fit of fits) forecastDaily(fit, design, 35);
const each = (performance.now() - one) / fits.length;
const goal = took < 60 && each < 5 ? "reached" : "missed";
process.stdout.write(
  `${series} series of ${DAYS} days refitted on 2 threads: ${took.toFixed(1)} s on the clock, ${cpu.toFixed(1)} s of processor ` +
    `(goal: 10,000 in 60 s); one forecast of 35 days ${each.toFixed(3)} ms (goal: 5 ms)${series === 10_000 ? `; ${goal}` : ""}\n`,
);
