import type { Finding } from "../shell/finding.ts";
import { nameOf, type Opened, parseName, type Watch } from "../shell/watch.ts";
import { type Case, closedAt, earliest, respondedAt } from "./case.ts";
import type { ComplainPolicy } from "./policy.ts";

const INVESTIGATED = ["investigation_started", "evidence_added", "resolved", "closed", "withdrawn"] as const;

/** When what the clock waits for happened, or undefined while it runs. */
function answeredAt(kind: string, known: Case): number | undefined {
  return kind === "first_response_overdue" ? respondedAt(known) : earliest(known, INVESTIGATED);
}

/** The clocks of a case, started by what is known of it: each says so when its deadline passes unanswered. */
export function watches(known: Case, policy: ComplainPolicy): Watch[] {
  const opened = known.first.opened;
  if (opened === undefined) return [];
  const clocks: [string, number, number][] = [["first_response_overdue", opened, opened + policy.firstResponse]];
  if (known.majorAt !== null) {
    const since = Math.max(known.majorAt, opened);
    clocks.push(["investigation_overdue", since, since + policy.investigation]);
  }
  return clocks
    .filter(([kind, , due]) => (answeredAt(kind, known) ?? Number.POSITIVE_INFINITY) > due)
    .map(([kind, since, due]) => ({ name: nameOf(kind, since), due, finding: findingOf(known, kind, since, due) }));
}

/** Why an open breach is over, or undefined while nobody has answered. */
export function endOf(breach: Opened, known: Case): string | undefined {
  const { kind, since } = parseName(breach.name);
  const answered = answeredAt(kind, known);
  if (answered !== undefined) return answered <= breach.due ? "corrected" : "answered";
  if (closedAt(known) !== undefined) return "closed";
  // An earlier opening, told late, moved the clock: the breach goes on under its new name.
  const start =
    kind === "first_response_overdue" ? known.first.opened : Math.max(known.majorAt ?? 0, known.first.opened ?? 0);
  return start === since ? undefined : "corrected";
}

export function findingOf(known: Case, kind: string, since: number, due: number): Finding {
  const { facts } = known;
  return {
    kind,
    subjectKind: "case",
    subjectId: known.complaintId,
    since,
    due,
    evidence: {},
    about: {
      orderId: facts.orderId?.value,
      customerId: known.customerId,
      merchantId: facts.merchantId?.value,
      carrier: facts.carrier?.value,
      region: facts.region?.value,
      type: facts.type?.value,
    },
  };
}
