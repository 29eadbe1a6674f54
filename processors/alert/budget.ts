import { digest } from "../../ingest/contracts/canonical.ts";
import type { Notice, OpenPage, Title } from "./page.ts";
import { type AlertPolicy, heavier, type Severity } from "./policy.ts";

const HOUR_MS = 3_600_000;
/** Titles a digest names; the rest are counted. */
const NAMED = 10;

export interface Held {
  readonly title: Title;
  readonly severity: Severity;
}

/** The digest of what was held back, while it lasts. */
export interface Digest {
  readonly page: OpenPage;
  count: number;
  lastAt: number;
  /** The heaviest of what was held back, at most a handful. */
  top: Held[];
}

/** How often subscribers were told something of late, and what they were not told. Changed in place. */
export interface Budget {
  /** When steps were sent within the last hour, ms, oldest first. */
  sent: number[];
  digest: Digest | undefined;
}

/** Whether an opened or grown page may be sent now, within the notifications of the hour before. */
export function admit(budget: Budget, at: number, policy: AlertPolicy): Notice {
  budget.sent = budget.sent.filter((sent) => sent > at - HOUR_MS);
  if (budget.sent.length >= policy.perHour) return "digest";
  budget.sent.push(at);
  return "sent";
}

/** Adds what was held back at one instant to the digest. */
export function holdBack(budget: Budget, at: number, held: readonly Held[]): Digest {
  const digest_ = budget.digest ?? { page: digestPage(at), count: 0, lastAt: at, top: [] };
  digest_.count += held.length;
  digest_.lastAt = at;
  digest_.top = [...digest_.top, ...held].sort(byWeight).slice(0, NAMED);
  budget.digest = digest_;
  return digest_;
}

const byWeight = (a: Held, b: Held): number =>
  a.severity === b.severity ? 0 : heavier(a.severity, b.severity) === a.severity ? -1 : 1;

const digestPage = (at: number): OpenPage => ({
  pageId: digest(`page|digest|${at}`),
  subjectKind: "digest",
  subject: "digest",
  region: "",
  title: { "zh-CN": "", en: "" },
  saidSize: 0,
  severity: "info",
  told: true,
});
