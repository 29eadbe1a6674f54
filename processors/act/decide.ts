import { digest } from "../../ingest/contracts/canonical.ts";
import type { ActPolicy, Cause, FindingKind, Step } from "./policy.ts";

/** A finding as it opened, of an order. */
export interface Finding {
  readonly findingId: string;
  readonly kind: FindingKind;
  /** Event time at which it was said, in ms. */
  readonly at: number;
  readonly orderId: string;
  readonly customerId: string;
  readonly region: string;
  readonly carrier?: string;
  readonly hub?: string;
}

/** One row of the ledger. */
export interface Action {
  readonly actionId: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly cause: string;
  readonly findingId: string;
  readonly steps: readonly Step[];
  /** In `currency`, at most two decimals. */
  readonly amount: number;
  readonly currency: string;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly region: string;
  /** Event time of the finding, in ms. */
  readonly decidedAt: number;
  /** Version of the policy that decided. */
  readonly policy: string;
  /** The silence of data it was held for, also after it was reconsidered. */
  readonly incidentId?: string;
}
/** `held`: whether the parcel stands still is unknown. `dropped`: it was held, and there was nothing to remedy. */
export type Verdict = "approved" | "awaiting_approval" | "held" | "dropped";

/**
 * The name of what an order is owed for a cause. Neither the finding nor the policy is part of it: another stall
 * of the order, or a policy changed between a crash and the restart, must not grant the same thing twice.
 */
export const actionId = (orderId: string, cause: Cause): string => digest(`action|${cause}|${orderId}`);

/**
 * What one finding leads to. Findings come in order of (at, findingId); the result depends on nothing else.
 * A decision that stands in the ledger is given again word for word to the finding that caused it, so a
 * repeated window writes the same row, and never again to any other finding.
 * @param ledger         every decision about the order so far, and later ones when a window is done again
 * @param policyVersion  kept with a new decision
 * @param silence        data that is missing, and makes what the finding says unknown
 * @returns              the decision, new or standing; undefined when there is nothing to do
 */
export function decide(
  ledger: readonly Action[],
  finding: Finding,
  policy: ActPolicy,
  policyVersion: string,
  silence?: { readonly incidentId: string; readonly reason: string },
): Action | undefined {
  const remedy = policy.remedies[finding.kind];
  if (remedy === null) return undefined;
  const id = actionId(finding.orderId, remedy.cause);
  const standing = ledger.find((action) => action.actionId === id);
  if (standing?.findingId === finding.findingId) return standing;
  // What was dropped was never given: a stall that is one is owed its remedy.
  if (standing && !(standing.verdict === "dropped" && standing.decidedAt <= finding.at)) return undefined;
  return {
    actionId: id,
    orderId: finding.orderId,
    customerId: finding.customerId,
    cause: remedy.cause,
    findingId: finding.findingId,
    steps: remedy.steps,
    amount: remedy.amount,
    currency: policy.currency,
    ...(silence
      ? { verdict: "held", reason: silence.reason, incidentId: silence.incidentId }
      : judge(cents(remedy.amount), grantedBefore(ledger, finding), policy)),
    region: finding.region,
    decidedAt: finding.at,
    policy: policyVersion,
  };
}

/**
 * What becomes of a held decision when the data is back: it is given when the order still stands still, else dropped.
 * One that was reconsidered at this moment before is given again word for word.
 * @param told     findings of the order that share the decision's cause, said before `at`
 * @param silence  another silence that makes them unknown at `at`
 * @param at       ms
 */
export function reconsider(
  ledger: readonly Action[],
  held: Action,
  told: readonly { readonly findingId: string; readonly ended: number; readonly reason: string }[],
  policy: ActPolicy,
  policyVersion: string,
  at: number,
  silence?: { readonly incidentId: string; readonly reason: string },
): Action {
  if (held.verdict !== "held") return held;
  const standing = told.find(({ ended }) => ended >= at);
  if (!standing) {
    const why = told.find(({ findingId }) => findingId === held.findingId)?.reason ?? "";
    const reason =
      why === "corrected"
        ? "late events show that there was no stall"
        : `over before the data was back${why === "" ? "" : `: ${why}`}`;
    return { ...held, verdict: "dropped", reason, decidedAt: at, policy: policyVersion };
  }
  if (silence) return { ...held, ...silence };
  const given = { at, findingId: held.findingId };
  const judged = judge(cents(held.amount), grantedBefore(ledger, given), policy);
  const reason = `${judged.reason}; held while data was silent, still stuck`;
  return { ...held, ...judged, reason, decidedAt: at, policy: policyVersion };
}

/** Granted to the order before without a person, in cents. */
const grantedBefore = (ledger: readonly Action[], finding: Pick<Finding, "at" | "findingId">): number =>
  ledger
    .filter((action) => action.verdict === "approved" && before(action, finding))
    .reduce((sum, action) => sum + cents(action.amount), 0);

/** Whether a decision was taken before this finding came up in the fold. */
const before = (action: Action, finding: Pick<Finding, "at" | "findingId">): boolean =>
  action.decidedAt < finding.at || (action.decidedAt === finding.at && action.findingId < finding.findingId);

/**
 * Whether a grant needs a person, and why. Both limits include their amount.
 * Caps over all orders, holdouts and approvals belong here: they change the verdict and say so in the reason.
 * @param amount   this grant, in cents
 * @param granted  granted to the order before without a person, in cents
 */
export function judge(
  amount: number,
  granted: number,
  policy: ActPolicy,
): { readonly verdict: Verdict; readonly reason: string } {
  const money = (value: number) => `${(value / 100).toFixed(2)} ${policy.currency}`;
  const [once, whole] = [cents(policy.automaticLimit), cents(policy.orderLimit)];
  if (amount > once) {
    return { verdict: "awaiting_approval", reason: `${money(amount)} is above ${money(once)} a decision` };
  }
  // What costs nothing needs nobody's leave, however much the order was granted before.
  if (amount > 0 && granted + amount > whole) {
    const reason = `${money(amount)} after ${money(granted)} is above ${money(whole)} an order`;
    return { verdict: "awaiting_approval", reason };
  }
  return { verdict: "approved", reason: `${money(amount)} is within ${money(once)} a decision` };
}

const cents = (amount: number): number => Math.round(amount * 100);
