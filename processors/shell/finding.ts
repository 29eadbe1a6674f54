import { canonical, digest } from "../../ingest/contracts/canonical.ts";
import type { Moment, Out } from "./machine.ts";

/** One statement about one subject, as the processes that make them see it. */
export interface Finding {
  readonly kind: string;
  readonly subjectKind: "order" | "case" | "customer";
  readonly subjectId: string;
  /** When the state it speaks of began, ms. Part of its identity. */
  readonly since: number;
  /** The limit that was passed or the promise at stake, ms. */
  readonly due?: number | undefined;
  readonly stage?: string | undefined;
  readonly about: About;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** What the subject belongs to: the dimensions hotspots are searched along. */
export interface About {
  readonly orderId?: string | undefined;
  readonly customerId?: string | undefined;
  readonly merchantId?: string | undefined;
  readonly category?: string | undefined;
  readonly carrier?: string | undefined;
  readonly hub?: string | undefined;
  readonly region?: string | undefined;
  readonly type?: string | undefined;
}

export const findingId = (finding: Pick<Finding, "kind" | "subjectId" | "since">): string =>
  digest(`${finding.kind}\n${finding.subjectId}\n${finding.since}`);

/** Says that a finding opened, or that it ended and why. */
export function say(
  change: "opened" | "ended",
  finding: Finding,
  moment: Moment,
  policy: string,
  out: Out,
  reason = "",
): void {
  const { about } = finding;
  out("finding_changes", {
    finding_id: findingId(finding),
    change,
    at: moment.at,
    kind: finding.kind,
    subject_kind: finding.subjectKind,
    subject_id: finding.subjectId,
    since: finding.since,
    due: finding.due ?? null,
    reason,
    stage: finding.stage ?? "",
    order_id: about.orderId ?? "",
    customer_id: about.customerId ?? "",
    merchant_id: about.merchantId ?? "",
    category: about.category ?? "",
    carrier: about.carrier ?? "",
    hub: about.hub ?? "",
    region: about.region ?? "",
    type: about.type ?? "",
    evidence: canonical(finding.evidence),
    policy,
    partition: moment.partition,
    offset: moment.offset,
  });
}
