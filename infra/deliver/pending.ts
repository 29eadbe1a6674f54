import type { Store } from "../store/port.ts";
import type { ActionEffect, AnyEffect, PageEffect, PageStep } from "./effect.ts";
import { messageOf } from "./message.ts";
import type { Sink } from "./sink.ts";

/** An effect a sink is still owed. */
export interface Pending {
  readonly effect: AnyEffect;
  readonly attempts: number;
  /** `updated_at` of the row that says so, ms: the next row must be younger. */
  readonly markedAt: number;
}

/** What a sink is owed, oldest decision first. */
export async function readPending(store: Store, sink: Sink, most: number): Promise<Pending[]> {
  const actions = sink.takes.includes("action") ? await pendingActions(store, sink.name, most) : [];
  const pages = sink.takes.includes("page") ? await pendingPages(store, sink.name, most) : [];
  // Each list is in order, and steps of a page at one time stay in theirs: the sort is stable.
  return [...actions, ...pages].sort((a, b) => a.effect.at - b.effect.at).slice(0, most);
}

const OWED = `SELECT effect_id, attempts, toUnixTimestamp64Milli(d.updated_at) AS marked_at
  FROM deliveries AS d FINAL WHERE sink = {sink:String} AND status = 'pending'`;

interface Mark {
  readonly attempts: number;
  readonly marked_at: number;
}

interface ActionRow {
  readonly action_id: string;
  readonly order_id: string;
  readonly decided_at: number;
}

async function pendingActions(store: Store, sink: string, most: number): Promise<Pending[]> {
  const rows = await store.query<ActionRow & Mark>(
    `WITH owed AS (${OWED} AND position(effect_id, '.') = 0)
     SELECT action_id, order_id, customer_id, cause, finding_id, steps, toFloat64(amount) AS amount, currency, verdict,
       reason, region, toUnixTimestamp64Milli(a.decided_at) AS decided_at, policy, attempts, marked_at
     FROM actions AS a FINAL INNER JOIN owed ON owed.effect_id = a.action_id
     WHERE action_id IN (SELECT effect_id FROM owed)
     ORDER BY a.decided_at, action_id LIMIT {most:UInt32}`,
    { sink, most },
  );
  return rows.map(({ attempts, marked_at, ...row }) => {
    const effect: ActionEffect = {
      kind: "action",
      effectId: row.action_id,
      lane: row.order_id,
      at: row.decided_at,
      message: messageOf(row),
    };
    return { effect, attempts, markedAt: marked_at };
  });
}

interface PageRow {
  readonly effect_id: string;
  readonly page_id: string;
  readonly at: number;
  readonly change: PageStep;
  readonly subject_kind: string;
  readonly severity: string;
  readonly region: string;
}

interface History {
  readonly opened_at: number;
  readonly severities: readonly string[];
}

/** Steps of some pages, each with what the page was up to it. */
const stepsOf = (pages: string) =>
  `SELECT page_id, toUnixTimestamp64Milli(p.at) AS at, p.change AS change, subject_kind, subject, severity, region, size,
     title, body, concat(page_id, '.', toString(at), '.', toString(change)) AS effect_id,
     toUnixTimestamp64Milli(min(p.at) OVER (PARTITION BY page_id)) AS opened_at,
     arraySort(groupUniqArray(severity) OVER (PARTITION BY page_id ORDER BY p.at, p.change)) AS severities
   FROM page_changes AS p FINAL WHERE page_id IN (${pages})`;

async function pendingPages(store: Store, sink: string, most: number): Promise<Pending[]> {
  const rows = await store.query<PageRow & History & Mark>(
    `WITH owed AS (${OWED} AND position(effect_id, '.') > 0)
     SELECT steps.*, attempts, marked_at
     FROM (${stepsOf("SELECT splitByChar('.', effect_id)[1] FROM owed")}) AS steps
     INNER JOIN owed ON owed.effect_id = steps.effect_id
     ORDER BY at, page_id, change LIMIT {most:UInt32}`,
    { sink, most },
  );
  return rows.map(({ attempts, marked_at, ...row }) => ({ effect: pageEffect(row), attempts, markedAt: marked_at }));
}

/** Pages that are open, as they were last delivered to a sink. */
export async function readOpenPages(store: Store, sink: string): Promise<PageEffect[]> {
  const open = "SELECT page_id FROM page_changes GROUP BY page_id HAVING argMax(change, (at, change)) != 'resolved'";
  const rows = await store.query<PageRow & History>(
    `SELECT * FROM (${stepsOf(open)})
     WHERE effect_id IN (SELECT effect_id FROM deliveries FINAL WHERE sink = {sink:String} AND status = 'delivered')
     ORDER BY page_id, at DESC, change DESC LIMIT 1 BY page_id`,
    { sink },
  );
  return rows.map(pageEffect);
}

function pageEffect({ opened_at, severities, effect_id, ...row }: PageRow & History): PageEffect {
  return {
    kind: "page",
    effectId: effect_id,
    lane: row.page_id,
    at: row.at,
    message: messageOf(row),
    pageId: row.page_id,
    change: row.change,
    subjectKind: row.subject_kind,
    severity: row.severity,
    region: row.region,
    openedAt: opened_at,
    severities,
  };
}
