import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { SCAN_COLUMNS, scanSeries } from "../../forecasting/detectors/run-scan.ts";
import { readSeries } from "../../forecasting/detectors/series-table.ts";
import { cellsOf } from "../../forecasting/series/cells.ts";
import { readTable, type Table } from "../../forecasting/series/read-csv.ts";

// Clusters of a program that agrees with the published SaTScan examples.
const folder = join(process.env.TOCSIN_DATA ?? "../shared/data", "reference/scan");
const present = existsSync(folder);
if (!present) process.stdout.write(`skipped: no reference scans in ${folder}\n`);

const clusterSchema = z.object({
  members: z.array(z.union([z.string(), z.number()])),
  radius: z.number(),
  window: z.tuple([z.string(), z.string()]),
  cases: z.number(),
  expected: z.number(),
  rr: z.number(),
  llr: z.number(),
  p_value: z.number(),
});
const reference = (name: string) =>
  z
    .object({ result: z.object({ clusters: z.array(clusterSchema) }) })
    .parse(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"))).result.clusters;
const rows = (name: string): Record<string, string>[] => {
  const { columns, rows } = readTable(join(folder, name));
  return rows.map((row) => Object.fromEntries(columns.map((c, i) => [c, row[i] ?? ""])));
};
const table = (columns: string[], body: string[][]): Table => ({ file: "reference", columns, rows: body });

/** Two estimates from 999 replicas differ by chance; ours has ten times as many. */
const CHANCE = 0.045;

describe.skipIf(!present)("scan statistics of the reference", () => {
  const compare = async (name: string, method: string, input: Table, options: Record<string, unknown>) => {
    const found = await scanSeries(method, readSeries(cellsOf(input), SCAN_COLUMNS), options, undefined);
    for (const [i, theirs] of reference(name).entries()) {
      const ours = found[i];
      expect(ours?.members).toEqual(theirs.members.map(String));
      expect(ours?.observed).toBe(theirs.cases);
      expect(ours?.expected).toBeCloseTo(theirs.expected, 6);
      expect(ours?.relativeRisk).toBeCloseTo(theirs.rr, 6);
      expect(ours?.llr).toBeCloseTo(theirs.llr, 6);
      expect(ours?.radius).toBeCloseTo(theirs.radius, 6);
      expect(Math.abs((ours?.pvalue ?? 9) - theirs.p_value)).toBeLessThan(CHANCE);
    }
    return found;
  };

  const newMexico = () => {
    const seats = new Map(rows("NM_geo.csv").map((r) => [r.county, [r.seat_lat ?? "", r.seat_long ?? ""]]));
    const body = rows("NM_popcas.csv").map((r) => [
      ...[r.year ?? "", r.county ?? "", r.count ?? "", r.population ?? ""],
      ...(seats.get(r.county) ?? []),
    ]);
    return table(["time", "region", "count", "population", "lat", "lon"], body);
  };

  test("New Mexico, purely spatial", async () => {
    await compare("nm_spatial_crude", "scan.spatial", newMexico(), {});
  });

  test("New Mexico, prospective", async () => {
    const found = await compare("nm_spacetime_prosp_crude_1991", "scan.prospective", newMexico(), { maxDuration: 9 });
    expect([found[0]?.from, found[0]?.to]).toEqual(["1985", "1991"]);
  });

  test("New York fever, space-time permutation", async () => {
    const cases = new Map<string, number>();
    for (const r of rows("NYCfevercas.csv")) {
      const day = r.date
        ?.split("/")
        .map((part) => part.padStart(2, "0"))
        .join("-");
      const key = `${r.zip} ${day}`;
      cases.set(key, (cases.get(key) ?? 0) + Number(r.cases));
    }
    const days = Array.from({ length: 24 }, (_, d) => `2001-11-${String(d + 1).padStart(2, "0")}`);
    const body = rows("NYCfevergeo.csv").flatMap(({ zip = "", lat = "", long = "" }) =>
      days.map((day) => [day, zip, String(cases.get(`${zip} ${day}`) ?? 0), lat, long]),
    );
    const input = table(["time", "region", "count", "lat", "lon"], body);
    await compare("nycfever_stpermutation", "scan.permutation", input, { maxRadius: 3, maxDuration: 7 });
  });
});
