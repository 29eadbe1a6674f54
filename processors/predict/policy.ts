import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

const DAY_MS = 86_400_000;

/** What is forecast, and from when on somebody is told. */
export const predictPolicy = z
  .strictObject({
    utcOffset: z
      .number()
      .int()
      .min(-12)
      .max(14)
      .optional()
      .describe(
        "hours the planners' clock is ahead of UTC: forecasts are issued when their day begins; that of the regions (cn 8, br -3) when left out",
      ),
    memory: duration
      .refine((ms) => ms >= 28 * DAY_MS, "expected at least 28d")
      .prefault("730d")
      .describe("how much of the past is learned from"),
    relearnEvery: duration
      .refine((ms) => ms >= DAY_MS, "expected at least 1d")
      .prefault("7d")
      .describe("series are learned anew this often, and less often as the past they are learned from grows long"),
    regions: z
      .number()
      .int()
      .min(0)
      .max(1000)
      .default(40)
      .describe("most regions with a forecast of their own; the rest is forecast together"),
    enough: z
      .number()
      .int()
      .min(1)
      .default(30)
      .describe("complaints or orders within 28 days from which a region or type stands alone"),
    spikes: z
      .strictObject({
        perDay: z
          .record(z.string(), z.number().min(0))
          .default({})
          .describe("complaints a region can answer a day, by its code"),
        times: z.number().min(1).default(2).describe("without a number: this many times its usual day"),
        atLeast: z.number().min(0).default(10).describe("and never less than this"),
        warnFrom: z.number().gt(0).lt(1).default(0.5).describe("probability of more than that which is warned of"),
        days: z.number().int().min(1).max(35).default(7).describe("days ahead that are looked at"),
      })
      .prefault({}),
    prevented: z
      .strictObject({
        perAction: z
          .number()
          .min(0)
          .max(1)
          .default(0.03)
          .describe(
            "complaints an action prevents, until a holdout says more: a calm that was bought is not learned as calm",
          ),
        sd: z.number().min(0).max(1).default(0.03).describe("standard deviation of that belief"),
      })
      .prefault({}),
  })
  .prefault({});

export type PredictPolicy = z.output<typeof predictPolicy>;
