import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

const HOUR_MS = 3_600_000;
/** Counts are kept by the hour: a part of one could not be told from the whole. */
const hours = duration.refine((ms) => ms > 0 && ms % HOUR_MS === 0, "expected whole hours, at least one");

/** What counts as unusual. Every knob is a promise about false pages: loosen one, and more will come. */
export const hotspotPolicy = z
  .strictObject({
    windows: z.array(hours).min(1).prefault(["6h", "24h"]).describe("lengths of the windows judged at every full hour"),
    weeks: z.number().int().min(1).max(52).prefault(4).describe("how many past weeks the same hours are compared with"),
    alpha: z
      .number()
      .gt(0)
      .lt(0.5)
      .prefault(1e-5)
      .describe("largest probability of as many by chance that raises an alarm"),
    minCount: z.number().int().min(1).prefault(8).describe("fewer than this in a window never alarm"),
    minRatio: z.number().min(1).prefault(2).describe("an alarm needs at least this many times the expected"),
    resolveAfter: duration.prefault("24h").describe("an incident is over when nothing alarmed for this long"),
    exposure: hours
      .prefault("14d")
      .describe("orders placed within this time are what complaints and stalls can come from"),
  })
  .prefault({});

export type HotspotPolicy = z.output<typeof hotspotPolicy>;
