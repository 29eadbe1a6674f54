import { parse } from "csv-parse/sync";
import { z } from "zod";
import { region as code } from "../contracts/fields.ts";

// Number("") is 0, so an empty cell has to be refused before it is read.
const filled = z.string().min(1, "expected a number, got nothing").transform(Number);
const degrees = (limit: number) => filled.pipe(z.number().min(-limit).max(limit));

const row = z.object({
  code,
  name: z.string().min(1).max(128),
  parent: z
    .union([code, z.literal("")])
    .optional()
    .transform((parent) => parent || undefined),
  lat: degrees(90),
  lon: degrees(180),
  population: filled.pipe(z.number().int().min(0)),
  name_en: z.string().max(128).optional(),
});

/** One place. `lat` and `lon` in degrees, `population` in persons. */
export type Region = {
  readonly code: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly lat: number;
  readonly lon: number;
  readonly population: number;
  /** Name in Latin letters, where the file has a column `name_en`. */
  readonly nameEn: string | undefined;
};

/**
 * The rows of a CSV with the columns code, name, parent, lat, lon, population and, if wanted, name_en.
 * @throws RangeError naming the line and what was expected: a bad value, a code given twice, a parent that is not
 *         in the file, or one that is below itself
 */
export function readRegions(csv: string): Region[] {
  const regions = records(csv, "regions").map(({ record, line }) => {
    const parsed = row.safeParse(record);
    if (!parsed.success) throw new RangeError(`regions, line ${line}: ${explain(parsed.error)}`);
    const { name_en, parent, ...rest } = parsed.data;
    return { ...rest, parent, nameEn: name_en || undefined };
  });
  const byCode = new Map<string, Region>();
  for (const region of regions) {
    if (byCode.has(region.code)) throw new RangeError(`regions: expected every code once, got ${region.code} twice`);
    byCode.set(region.code, region);
  }
  for (const region of regions) checkAncestors(region, byCode);
  return regions;
}

/**
 * Pairs of codes from a CSV with the columns code, neighbour; one direction is enough.
 * @throws RangeError when a code is not among the regions
 */
export function readBorders(csv: string, regions: readonly Region[]): [string, string][] {
  const known = new Set(regions.map((region) => region.code));
  return records(csv, "borders").map(({ record, line }) => {
    const [a, b] = [record.code, record.neighbour];
    const wrong = [a, b].find((one) => one === undefined || !known.has(one));
    if (a === undefined || b === undefined || wrong !== undefined) {
      throw new RangeError(`borders, line ${line}: expected two codes of the regions, got ${wrong ?? "nothing"}`);
    }
    return [a, b];
  });
}

function checkAncestors(region: Region, byCode: ReadonlyMap<string, Region>): void {
  const seen = new Set<string>([region.code]);
  for (let at = region; at.parent !== undefined; ) {
    const above = byCode.get(at.parent);
    if (above === undefined) {
      throw new RangeError(`regions: expected the parent of ${at.code} among the codes, got ${at.parent}`);
    }
    if (seen.has(above.code)) throw new RangeError(`regions: expected a tree, got ${region.code} below itself`);
    seen.add(above.code);
    at = above;
  }
}

type Record = { readonly record: { readonly [column: string]: string | undefined }; readonly line: number };

function records(csv: string, what: string): Record[] {
  try {
    const rows: string[][] = parse(csv, { bom: true, skip_empty_lines: true, trim: true });
    const [header = [], ...body] = rows;
    return body.map((cells, index) => ({
      record: Object.fromEntries(header.map((column, at) => [column, cells[at]])),
      line: index + 2,
    }));
  } catch (error) {
    throw new RangeError(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

const explain = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join(".") || "row"}: ${issue.message}`).join("; ");
