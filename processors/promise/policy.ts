import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

/** When a promise counts as at risk. Boundary: a risk of exactly `warnAt` is at risk. */
export const promisePolicy = z
  .strictObject({
    warnAt: z
      .number()
      .min(0.01)
      .max(0.99)
      .prefault(0.5)
      .describe(
        "risk from which an order is warned of: what a needless warning costs, over that and what a timely one saves; 0.5 when both weigh the same",
      ),
    relearn: duration.prefault("14d").describe("how often the model of promise risks is learned anew"),
  })
  .prefault({});

export type PromisePolicy = z.output<typeof promisePolicy>;
