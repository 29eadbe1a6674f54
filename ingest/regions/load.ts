import { readFileSync } from "node:fs";
import { readBorders, readRegions } from "./read.ts";
import { type RegionRegistry, regionRegistry } from "./registry.ts";

/**
 * A registry from the text of its files.
 * @param csv      code,name,parent,lat,lon,population[,name_en]
 * @param borders  code,neighbour; without it neighbours are by distance alone
 * @throws RangeError naming the line and what was expected
 */
export function loadRegions(csv: string, borders?: string): RegionRegistry {
  const regions = readRegions(csv);
  return regionRegistry(regions, borders === undefined ? [] : readBorders(borders, regions));
}

/** The packs that ship with Tocsin: China (provinces and cities) and Brazil (states). */
export type RegionPack = "cn" | "br";

export function regionPack(pack: RegionPack): RegionRegistry {
  const text = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
  return loadRegions(text(`./${pack}.csv`), text(`./${pack}-adjacent.csv`));
}
