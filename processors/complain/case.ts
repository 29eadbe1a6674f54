import type { ComplaintKind } from "../../ingest/contracts/complaint.ts";
import type { ComplaintEvent } from "../../ingest/contracts/read.ts";
import type { Named } from "../shell/named.ts";
import type { Spoken } from "../shell/watch.ts";
import type { ComplainPolicy } from "./policy.ts";

/** What is known of one complaint: joined from its events in any order, any number of times. */
export interface Case extends Spoken {
  readonly complaintId: string;
  readonly customerId: string;
  readonly first: Partial<Record<ComplaintKind, number>>;
  readonly last: Partial<Record<ComplaintKind, number>>;
  readonly facts: { [K in Fact]?: { readonly at: number; readonly value: string } };
  /** When it was first called major; null while it is general. */
  majorAt: number | null;
  lastEventAt: number;
  readonly named: Named;
}

const FACTS = ["orderId", "type", "region", "merchantId", "carrier"] as const;
type Fact = (typeof FACTS)[number];

export const newCase = (event: ComplaintEvent): Case => ({
  complaintId: event.complaintId,
  customerId: event.customerId,
  first: {},
  last: {},
  facts: {},
  majorAt: null,
  lastEventAt: event.occurredAt,
  named: {},
  open: [],
  said: [],
});

/** Joins one event into the case. Idempotent and commutative. */
export function join(known: Case, event: ComplaintEvent, policy: ComplainPolicy): void {
  const { kind, occurredAt: at } = event;
  known.first[kind] = Math.min(known.first[kind] ?? at, at);
  known.last[kind] = Math.max(known.last[kind] ?? at, at);
  known.lastEventAt = Math.max(known.lastEventAt, at);
  for (const name of FACTS) {
    const value = event[name];
    const old = known.facts[name];
    if (value === undefined || (old && (old.at > at || (old.at === at && old.value >= value)))) continue;
    known.facts[name] = { at, value };
  }
  if (event.severity === "major" || (event.type !== undefined && policy.majorTypes.includes(event.type))) {
    known.majorAt = Math.min(known.majorAt ?? at, at);
  }
}

const RESPONSES = ["responded", "solution_proposed", "called_back", "resolved", "closed", "withdrawn"] as const;

/** When the customer first heard back, or the matter was over without it. */
export const respondedAt = (known: Case): number | undefined => earliest(known, RESPONSES);

/** When the case was last closed, unless it was reopened since. */
export function closedAt(known: Case): number | undefined {
  const closed = Math.max(
    ...(["resolved", "closed", "withdrawn"] as const).map((kind) => known.last[kind] ?? -Infinity),
  );
  if (closed === -Infinity || (known.last.reopened ?? -Infinity) > closed) return undefined;
  return closed;
}

export function earliest(known: Case, kinds: readonly ComplaintKind[]): number | undefined {
  const times = kinds.map((kind) => known.first[kind]).filter((at) => at !== undefined);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** What the complaint is about: the order if one is named, else its type. Unknown types are no common issue. */
export function issueOf(known: Case): string | undefined {
  const { orderId, type } = known.facts;
  if (orderId) return `order ${orderId.value}`;
  return type ? `type ${type.value}` : undefined;
}
