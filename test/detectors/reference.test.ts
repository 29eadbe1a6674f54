import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { findMethod } from "../../forecasting/detectors/methods.ts";

// Upper bounds and alarms of R surveillance 1.20.3, one file a call. The means and tables a call was given stand beside its
// control object.
const folder = join(process.env.TOCSIN_DATA ?? "../shared/data", "reference/surveillance");
const numbers = z.array(z.number().nullable());
const caseSchema = z.object({
  algorithm: z.string(),
  series: z.string(),
  control: z.record(z.string(), z.unknown()),
  range: z.array(z.number()),
  upperbound: numbers,
  alarm: numbers,
  mu0: z.unknown().optional(),
  hValues: z.unknown().optional(),
  theta0t: z.unknown().optional(),
});
const seriesSchema = z.record(z.string(), z.object({ observed: z.array(z.number()), freq: z.number() }));

const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
const present = existsSync(join(folder, "series.json"));
if (!present) process.stdout.write(`skipped: no reference cases in ${folder}\n`);

describe.skipIf(!present)("bounds of the reference implementation", () => {
  const series = present ? seriesSchema.parse(read("series.json")) : {};
  const files = present ? readdirSync(folder).filter((f) => f.includes("__")) : [];

  test.each(files)("%s", (file) => {
    const given = caseSchema.parse(read(file));
    const { observed, freq } = series[given.series] ?? { observed: [], freq: 0 };
    const first = (given.range[0] ?? 0) - 1;
    const counts = Float64Array.from(observed).slice(0, given.range.at(-1));
    const beside = { mu0: given.mu0, hValues: given.hValues, theta0t: given.theta0t };
    const extra = Object.fromEntries(
      Object.entries(beside).filter(([k, v]) => v !== undefined && !(k in given.control)),
    );
    const judged = findMethod(given.algorithm)?.judge({ counts, exposure: undefined }, first, {
      ...extra,
      ...given.control,
      freq,
    });
    const worst = given.upperbound.reduce<number>((worst, bound, i) => {
      const upper = judged?.upper[i];
      const ours = upper !== undefined && Number.isFinite(upper) ? upper : null;
      return Math.max(worst, ours === null || bound === null ? (ours === bound ? 0 : 1) : Math.abs(ours - bound));
    }, 0);
    expect(worst).toBeLessThan(1e-6);
    // OutbreakP's reference multiplies its statistic out, which under- and overflows; ours alarms on the logarithm.
    if (given.algorithm !== "algo.outbreakP") {
      expect(Array.from(judged?.alarm ?? [])).toEqual(given.alarm.map((a) => a ?? 0));
    }
  });
});
