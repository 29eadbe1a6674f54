import type { Lang } from "../../dashboards/words.ts";
import type { RegionRegistry } from "../../ingest/regions/registry.ts";

/** Region names in a language; the code itself when it is unknown. */
export const regionNames =
  (regions: RegionRegistry, lang: Lang) =>
  (code: string): string =>
    (lang === "en" ? regions.get(code)?.nameEn : undefined) ?? regions.name(code);

/** Country of the holidays and local time less UTC, hours, by region pack. */
export const CALENDARS = { cn: { country: "CN", offset: 8 }, br: { country: "BR", offset: -3 } } as const;
