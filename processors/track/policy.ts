import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";
import { TRAITS, type Trait } from "../../ingest/contracts/order.ts";

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

type Limit = z.ZodPrefault<z.ZodNullable<typeof duration>>;
const ownLimits = (trait: Trait, defaults: Partial<Record<Stage, string>>) =>
  z
    .strictObject(
      Object.fromEntries(
        STAGES.map((stage) => [
          stage,
          duration
            .nullable()
            .prefault(defaults[stage] ?? null)
            .describe(`longest time without progress of ${trait} orders in this stage; null for that of all`),
        ]),
      ) as Record<Stage, Limit>,
    )
    .prefault({});

const TRAIT_LIMITS: Readonly<Record<Trait, Partial<Record<Stage, string>>>> = {
  perishable: { pickup: "24h", transit: "36h", hub: "16h", delivery: "14h" },
  fragile: {},
  high_value: { hub: "20h", delivery: "20h" },
  time_critical: { pickup: "12h", transit: "24h", hub: "10h", delivery: "12h" },
  cross_border: { transit: "96h" },
};

/** The limits of `track`. Boundaries: an order exactly at its limit is in time. */
export const trackPolicy = z
  .strictObject({
    stalledAfter: stageLimits(
      { payment: "48h", pickup: "48h", transit: "72h", hub: "24h", customs: "7d", delivery: "24h" },
      "longest time without progress in this stage, where nothing was learned; of customs always",
    ),
    traits: z
      .strictObject(
        Object.fromEntries(TRAITS.map((trait) => [trait, ownLimits(trait, TRAIT_LIMITS[trait])])) as Record<
          Trait,
          ReturnType<typeof ownLimits>
        >,
      )
      .prefault({})
      .describe("instead of stalledAfter, and at most what was learned; of several traits the strictest holds"),
    atRiskBefore: stageLimits(
      { payment: "24h", pickup: "36h", transit: "10h", hub: "10h", customs: "48h", delivery: "2h" },
      "how long before the promise an order still in this stage is warned of",
    ),
    pickup: z
      .strictObject({
        services: z
          .array(z.string().min(1))
          .default(["next_day", "same_day", "dated"])
          .describe("services that are warned of while they wait for pick-up; time_critical orders always are"),
        way: duration
          .prefault("20h")
          .describe("what the way from pick-up to the door takes, where nothing was learned"),
        patience: duration.prefault("2h").describe("how long after the payment nobody is warned yet"),
      })
      .prefault({}),
    signoff: z
      .strictObject({
        grace: duration
          .prefault("2h")
          .describe("how long after the signature a late scan may still come before its want is a sign"),
        farM: z.number().min(0).default(1000).describe("a signature further than this from the address is far, in m"),
        farPointM: z.number().min(0).default(3000).describe("the same for lockers and pick-up points, in m"),
        highValue: z.number().min(0).default(1000).describe("orders of this value or more are high-value"),
        quickest: duration
          .prefault("30m")
          .describe("quicker from pick-up to the door is too quick, where nothing was learned"),
        contactWithin: duration.prefault("48h").describe("a contact within this time after the signature is a sign"),
      })
      .prefault({}),
    shelfLife: z
      .strictObject({
        perishableLeft: duration
          .prefault("2d")
          .describe("life a perishable must have left when it is expected to arrive"),
        nearExpiryMonths: z
          .number()
          .int()
          .min(0)
          .max(60)
          .default(6)
          .describe("goods with so many months or fewer left when they are expected to arrive are near expiry"),
      })
      .prefault({}),
    contacts: z.number().int().min(2).max(8).default(2).describe("so many contacts about one order are repeated ones"),
    remember: z
      .strictObject({
        closed: duration.prefault("90d").describe("how long a closed order is kept to meet late and repeated events"),
        open: duration.prefault("365d").describe("when an order without any event is given up"),
      })
      .prefault({}),
  })
  .prefault({});

export type TrackPolicy = z.output<typeof trackPolicy>;
