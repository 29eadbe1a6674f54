import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";
import { currency } from "../../ingest/contracts/fields.ts";

/** What an order is owed something for. One decision per order and cause, however often the cause shows. */
const CAUSES = ["stall", "customs", "damage", "promise"] as const;
export type Cause = (typeof CAUSES)[number];

const STEPS = ["apology", "express_upgrade", "priority_clearance", "resend", "coupon"] as const;
export type Step = (typeof STEPS)[number];

const amount = z
  .number()
  .min(0)
  .max(1e6)
  .refine((value) => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6, "expected at most two decimals");

const remedy = z
  .strictObject({
    cause: z.enum(CAUSES).describe("findings of one cause share one decision"),
    steps: z.array(z.enum(STEPS)).min(1).describe("what is done for the customer, in this order"),
    amount: amount.describe("value of the coupon, in the policy's currency"),
  })
  .refine((r) => r.amount > 0 === r.steps.includes("coupon"), "expected an amount with a coupon and none without")
  .nullable();
export type Remedy = NonNullable<z.output<typeof remedy>>;

const STALL: Remedy = { cause: "stall", steps: ["apology", "express_upgrade", "coupon"], amount: 5 };
const CUSTOMS: Remedy = { cause: "customs", steps: ["priority_clearance", "coupon"], amount: 10 };
const DAMAGE: Remedy = { cause: "damage", steps: ["resend", "coupon"], amount: 10 };

/** The section `act` of the policy file. A finding without a remedy (null) leads to nothing. */
export const actPolicy = z
  .strictObject({
    currency: currency.default("CNY").describe("ISO 4217 code of all amounts below"),
    automaticLimit: amount.default(50).describe("most one decision may grant without a person, this amount included"),
    orderLimit: amount.default(50).describe("most one order may be granted without a person, all causes together"),
    reconsiderAfter: duration
      .prefault("2h")
      .describe("how long after silent data is back what was held is decided: late events come first"),
    remedies: z
      .strictObject({
        stalled_payment: remedy.default(null).describe("not paid for too long"),
        stalled_pickup: remedy.default(STALL).describe("waiting for pick-up too long"),
        stalled_transit: remedy.default(STALL).describe("no progress on the road or in a hub for too long"),
        stalled_delivery: remedy.default(STALL).describe("out for delivery too long"),
        stalled_customs: remedy.default(CUSTOMS).describe("in customs past the limit"),
        promise_at_risk: remedy.default(null).describe("the promise may be missed: nothing to apologise for yet"),
        promise_broken: remedy.default(null).describe("the promise was missed"),
        damaged: remedy.default(DAMAGE).describe("goods damaged on the way"),
        lost: remedy.default(null).describe("parcel lost: refund or resend is a person's choice"),
      })
      .prefault({})
      .describe("what each kind of finding leads to; null for nothing"),
  })
  .prefault({});
export type ActPolicy = z.output<typeof actPolicy>;

/** Kinds of findings that may lead to an action. */
export type FindingKind = keyof ActPolicy["remedies"];
