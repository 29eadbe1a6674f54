import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

const HOUR_MS = 3_600_000;
/** Counts are kept by the hour: a part of one could not be told from the whole. */
const hours = duration.refine((ms) => ms > 0 && ms % HOUR_MS === 0, "expected whole hours, at least one");

/** What counts as unusual. The one knob is a promise about false pages; the rest says what is worth anybody's time. */
export const hotspotPolicy = z
  .strictObject({
    falsePagesPerWeek: z
      .number()
      .gt(0)
      .max(1000)
      .prefault(1)
      .describe(
        "incidents a week that chance alone may open, over all places, types and windows together; a quarter of them for orders predicted late",
      ),
    windows: z
      .array(hours)
      .min(1)
      .prefault(["6h", "24h", "3d", "7d"])
      .describe("lengths of the windows judged at every full hour: long ones find small rises that stay"),
    weeks: z.number().int().min(1).max(52).prefault(12).describe("past weeks that what is normal is learned from"),
    minCount: z.number().int().min(1).prefault(6).describe("fewer than this in a window never alarm"),
    minRatio: z.number().min(1).prefault(1.5).describe("an alarm needs at least this many times the expected"),
    resolveAfter: duration.prefault("24h").describe("an incident is over when nothing alarmed for this long"),
    reopenWithin: duration
      .prefault("72h")
      .describe("an alarm where an incident was over for no longer than this opens it again under its id"),
  })
  .prefault({});

export type HotspotPolicy = z.output<typeof hotspotPolicy>;
