import { median } from "../../forecasting/median.ts";
import type { DayShare } from "./shares.ts";

/** How far ahead of its complaints a region was warned of. */
export interface Lead {
  readonly region: string;
  /** Complaints per answer before the event. */
  readonly base: number;
  /** First day whose last seven days had twice that share, `YYYY-MM-DD`; null when none did. */
  readonly doubledOn: string | null;
  /** When its first incident after the event opened; null when none did by then. */
  readonly openedAt: string | null;
  /** Days from there to the end of the day before it doubled: below 0 the warning came late. */
  readonly leadDays: number | null;
}

interface Opened {
  readonly [column: string]: unknown;
  readonly dimension?: unknown;
  readonly value?: unknown;
  readonly openedAt?: unknown;
  readonly resolvedAt?: unknown;
}

const DAY_MS = 86_400_000;
const WEEK = 7;
/** A share of fewer answers or complaints than these is chance. */
const LEAST_ANSWERS = 20;
const LEAST_COMPLAINTS = 5;

/** Leads by region, those whose share doubled first. An incident counts that opened after the event, or was open at it. */
export function leadsOf(
  shares: readonly DayShare[],
  incidents: readonly Opened[],
  event: number,
  until: number,
): Lead[] {
  const first = event / DAY_MS;
  const regions = [...new Set(shares.map(({ region }) => region))].sort();
  const leads = regions.flatMap((region): Lead[] => {
    const own = shares.filter((one) => one.region === region);
    const sum = (from: number, to: number) =>
      own
        .filter(({ day }) => day >= from && day < to)
        .reduce((all, one) => ({ answers: all.answers + one.answers, complaints: all.complaints + one.complaints }), {
          answers: 0,
          complaints: 0,
        });
    const before = sum(0, first);
    if (before.answers < LEAST_ANSWERS || before.complaints === 0) return [];
    const base = before.complaints / before.answers;
    let doubled: number | undefined;
    for (let day = first + 1; day < until / DAY_MS && doubled === undefined; day++) {
      const week = sum(day - WEEK + 1, day + 1);
      const enough = week.answers >= LEAST_ANSWERS && week.complaints >= LEAST_COMPLAINTS;
      if (enough && week.complaints >= 2 * base * week.answers) doubled = day;
    }
    const opened = incidents
      .filter(({ dimension, value }) => dimension === "region" && value === region)
      .filter(({ openedAt, resolvedAt }) => {
        const end = resolvedAt === null ? Number.POSITIVE_INFINITY : Date.parse(String(resolvedAt));
        return end >= event && Date.parse(String(openedAt)) < until;
      })
      .map(({ openedAt }) => String(openedAt))
      .sort()[0];
    if (doubled === undefined && opened === undefined) return [];
    const openedFrom = opened === undefined ? undefined : Math.max(event, Date.parse(opened));
    return [
      {
        region,
        base,
        doubledOn: doubled === undefined ? null : new Date(doubled * DAY_MS).toISOString().slice(0, 10),
        openedAt: opened ?? null,
        leadDays: doubled === undefined || openedFrom === undefined ? null : (doubled * DAY_MS - openedFrom) / DAY_MS,
      },
    ];
  });
  return leads.sort((a, b) => ((a.doubledOn ?? "9") < (b.doubledOn ?? "9") ? -1 : 1));
}

/** Median lead of the regions whose share doubled, days: a region without an incident in time counts as 0. Null when none doubled. */
export function medianLead(leads: readonly Lead[]): number | null {
  const doubled = leads.filter(({ doubledOn }) => doubledOn !== null);
  return doubled.length === 0 ? null : median(doubled.map(({ leadDays }) => Math.max(0, leadDays ?? 0)));
}
