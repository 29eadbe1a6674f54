import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

/** The clocks of the service desk. An answer exactly at its limit is in time. */
export const complainPolicy = z
  .strictObject({
    firstResponse: duration.prefault("10m").describe("time to the first response"),
    investigation: duration.prefault("1h").describe("time until the investigation of a major complaint starts"),
    majorTypes: z
      .array(z.string())
      .prefault(["privacy_leak", "harassment"])
      .describe("complaint types that are major whatever the customer says"),
    repeatWithin: duration
      .prefault("30d")
      .describe("how far apart two complaints about the same issue count as one customer's trouble"),
    repeatFrom: z
      .number()
      .int()
      .min(2)
      .prefault(2)
      .describe("how many complaints about the same issue make a customer high-care"),
    remember: duration
      .prefault("90d")
      .describe("how long a case without events is kept to meet late and repeated events"),
  })
  .prefault({});

export type ComplainPolicy = z.output<typeof complainPolicy>;
