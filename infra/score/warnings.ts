import type { Outcome, Page, Warning } from "./read.ts";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
const HOUR_MS = 3_600_000;

export interface Lead {
  readonly n: number;
  /** Hours; null when there are none. */
  readonly medianHours: number | null;
  readonly p10Hours: number | null;
}
export interface WarningScore {
  readonly kind: string;
  readonly count: number;
  /** Share whose order was late, lost, or complained about afterwards. */
  readonly precision: number | null;
  /** Share of such orders that were warned of before the promise was over or the complaint came. */
  readonly recall: number | null;
  readonly beforePromise: Lead;
  readonly beforeComplaint: Lead;
  readonly falseAWeek: number;
}

/** Arrived after its promise, or never came though nobody called it off before it was due. */
export const isLate = ({ promised, delivered, calledOff }: Outcome, end: number): boolean => {
  if (promised === null) return false;
  if (delivered !== null) return delivered > promised;
  return promised < end && (calledOff === null || calledOff > promised);
};

const isBad = (outcome: Outcome, end: number): boolean =>
  isLate(outcome, end) || outcome.lost || outcome.complained !== null;

/**
 * How good one kind of warning was on orders whose fate is known.
 * @param end  ms: what is known ends here
 */
export function scoreWarnings(
  kind: string,
  warnings: readonly Warning[],
  outcomes: ReadonlyMap<string, Outcome>,
  end: number,
): WarningScore {
  const about = warnings.flatMap((warning) => {
    const outcome = outcomes.get(warning.orderId);
    return outcome ? [{ at: warning.at, outcome }] : [];
  });
  const right = about.filter(
    ({ at, outcome }) => isLate(outcome, end) || outcome.lost || (outcome.complained ?? 0) > at,
  );
  const first = new Map<string, number>();
  for (const { at, outcome } of about) if (!first.has(outcome.orderId)) first.set(outcome.orderId, at);
  const bad = [...outcomes.values()].filter((outcome) => isBad(outcome, end));
  const found = bad.filter((outcome) => {
    const at = first.get(outcome.orderId);
    if (at === undefined) return false;
    return (isLate(outcome, end) && at < (outcome.promised ?? 0)) || at < (outcome.complained ?? 0) || outcome.lost;
  });
  const placed = [...outcomes.values()].map((outcome) => outcome.placed);
  const weeks = Math.max(
    1,
    (placed.reduce((a, b) => Math.max(a, b), 0) - placed.reduce((a, b) => Math.min(a, b), end)) / WEEK_MS,
  );
  return {
    kind,
    count: about.length,
    precision: share(right.length, about.length),
    recall: share(found.length, bad.length),
    beforePromise: leadOf(
      about.flatMap(({ at, outcome }) => (isLate(outcome, end) ? [(outcome.promised ?? at) - at] : [])),
    ),
    beforeComplaint: leadOf(
      about.flatMap(({ at, outcome }) => (outcome.complained !== null ? [outcome.complained - at] : [])),
    ),
    falseAWeek: round((about.length - right.length) / weeks),
  };
}

/** The rule to beat: warn of every order that has not arrived so many days before its promise. */
export function baseline(days: number, outcomes: readonly Outcome[]): Warning[] {
  return outcomes.flatMap(({ orderId, placed, promised, delivered, calledOff }) => {
    if (promised === null) return [];
    const at = promised - days * DAY_MS;
    const open = at >= placed && Math.min(delivered ?? at + 1, calledOff ?? at + 1) > at;
    return open ? [{ kind: `undelivered_${days}d_before`, orderId, at }] : [];
  });
}

/** Before a page, orders placed in this time are those it is about; and what is placed in the week after. */
const ABOUT_MS = 30 * DAY_MS;

/** A page is false when the orders it is about went no worse than those of everywhere and always. */
export function scorePages(pages: readonly Page[], outcomes: readonly Outcome[], end: number) {
  const overall = outcomes.filter((outcome) => isBad(outcome, end)).length / Math.max(1, outcomes.length);
  const placed = outcomes.map((outcome) => outcome.placed);
  const from = placed.reduce((a, b) => Math.min(a, b), end);
  const to = placed.reduce((a, b) => Math.max(a, b), 0);
  const within = pages.filter(({ at }) => at >= from && at <= to);
  const falsely = within.filter(({ region, at }) => {
    const about = outcomes.filter(
      (one) => (region === "" || one.region === region) && one.placed > at - ABOUT_MS && one.placed < at + WEEK_MS,
    );
    return about.filter((one) => isBad(one, end)).length <= overall * about.length;
  });
  const weeks = Math.max(1, (to - from) / WEEK_MS);
  return {
    count: within.length,
    aWeek: round(within.length / weeks),
    false: falsely.length,
    falseAWeek: round(falsely.length / weeks),
  };
}

function leadOf(leads: number[]): Lead {
  const sorted = leads.sort((a, b) => a - b).map((lead) => round(lead / HOUR_MS));
  const at = (level: number) => sorted[Math.floor(level * (sorted.length - 1))] ?? null;
  return { n: sorted.length, medianHours: at(0.5), p10Hours: at(0.1) };
}

const share = (n: number, of: number): number | null => (of === 0 ? null : Math.round((1000 * n) / of) / 1000);
const round = (x: number): number => Math.round(x * 100) / 100;
