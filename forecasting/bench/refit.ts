/** Prints how long it takes to refit many daily series and to forecast one: `npx tsx forecasting/bench/refit.ts [series]`. */
import { performance } from "node:perf_hooks";
import { dailyDesign, forecastDaily, refitDaily } from "../fast/refit.ts";
import { refitMany } from "../fast/refit-many.ts";
import { negativeBinomialQuantile } from "../math/negative-binomial.ts";
import { seededRandom } from "../math/random.ts";

const DAYS = 730;
const series = Number(process.argv[2] ?? 2000);
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
const alone = performance.now();
for (let k = 0; k < 50; k++) refitDaily(counts.slice(k * DAYS, (k + 1) * DAYS), design.subarray(0, DAYS * 12));
const single = (performance.now() - alone) / 50;
process.stdout.write(
  `${series} series of ${DAYS} days on 2 threads: ${took.toFixed(1)} s on the clock, ${cpu.toFixed(1)} s of processor; ` +
    `10,000 on 2 free cores take ${((cpu * 5_000) / series).toFixed(0)} s (goal 60); ` +
    `one refit ${single.toFixed(2)} ms, one forecast of 35 days ${each.toFixed(3)} ms\n`,
);
