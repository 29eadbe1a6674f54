import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";

/** Where an order waits: to be paid, handed over, scanned again, let go by a hub, cleared, or signed for. */
export const STAGES = ["payment", "pickup", "transit", "hub", "customs", "delivery"] as const;
export type Stage = (typeof STAGES)[number];

const stageLimits = (defaults: Record<Stage, string>, what: string) =>
  z
    .strictObject(
      Object.fromEntries(STAGES.map((stage) => [stage, duration.prefault(defaults[stage]).describe(what)])) as Record<
        Stage,
        z.ZodPrefault<typeof duration>
      >,
    )
    .prefault({});

/** The fixed limits of `track`. Boundaries: an order exactly at its limit is in time. */
export const trackPolicy = z
  .strictObject({
    stalledAfter: stageLimits(
      { payment: "48h", pickup: "48h", transit: "72h", hub: "24h", customs: "7d", delivery: "24h" },
      "longest time without progress in this stage",
    ),
    atRiskBefore: stageLimits(
      { payment: "24h", pickup: "36h", transit: "10h", hub: "10h", customs: "48h", delivery: "2h" },
      "how long before the promise an order still in this stage is warned of",
    ),
    remember: z
      .strictObject({
        closed: duration.prefault("90d").describe("how long a closed order is kept to meet late and repeated events"),
        open: duration.prefault("365d").describe("when an order without any event is given up"),
      })
      .prefault({}),
  })
  .prefault({});

export type TrackPolicy = z.output<typeof trackPolicy>;
