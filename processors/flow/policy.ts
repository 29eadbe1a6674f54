import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

const HOUR_MS = 3_600_000;
const hours = duration.refine((ms) => ms > 0 && ms % HOUR_MS === 0, "expected whole hours, at least one");

/** The section `flow` of the policy file: when the flow of parcels, or of data, is not what it should be. */
export const flowPolicy = z
  .strictObject({
    falseAlarmsPerWeek: z
      .number()
      .gt(0)
      .max(100)
      .default(0.5)
      .describe("alarms by chance that all series together may raise in a week, half of them of data that stopped"),
    minPerDay: z.number().min(0.1).default(2).describe("series with fewer events a day than this are not judged"),
    learnFor: hours.prefault("7d").describe("how long a place is watched before it is judged"),
    adaptAfter: hours.prefault("14d").describe("what has lasted for this long is the new normal and is learned from"),
    resolveAfter: hours.prefault("12h").describe("an incident is over when the flow was normal for this long"),
    recovered: z
      .number()
      .gt(0.5)
      .max(1)
      .default(0.8)
      .describe("share of the expected from which a flow is normal again"),
  })
  .prefault({});
export type FlowPolicy = z.output<typeof flowPolicy>;
