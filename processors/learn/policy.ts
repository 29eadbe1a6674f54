import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

/** The section `learn` of the policy file: how what is normal is learned. */
export const learnPolicy = z
  .strictObject({
    every: z
      .union([z.literal("off"), duration.refine((ms) => ms >= 3_600_000, "expected at least 1h, or off")])
      .prefault("7d")
      .describe("how often norms are learned anew, in event time; off leaves the fixed limits of `track`"),
    lag: duration
      .prefault("1h")
      .describe(
        "how long before it comes into force a norm is learned: nobody waits for it that is not further behind",
      ),
    window: duration.prefault("180d").describe("how far back norms look"),
    exceeding: z
      .number()
      .gt(0)
      .max(0.2)
      .default(0.005)
      .describe("share of the waits of parcels that came in time which may exceed a learned limit"),
    enough: z.number().int().min(20).default(200).describe("fewest finished waits a stage is learned from"),
    atLeast: duration.prefault("6h").describe("no learned limit is shorter"),
    makeUpDays: z
      .array(z.iso.date())
      .default([])
      .describe("dates worked although they are holidays or weekends, besides those known for China"),
  })
  .prefault({});

export type LearnPolicy = z.output<typeof learnPolicy>;
