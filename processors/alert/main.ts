import { owed, pageEffectId } from "../../infra/deliver/effect.ts";
import { messageOf } from "../../infra/deliver/message.ts";
import type { Log } from "../../infra/log/port.ts";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import type { Follower } from "../shell/follow.ts";
import { cutAt, readInputs, readOpenBreaches } from "./inputs.ts";
import type { PageChange } from "./page.ts";
import { advance, emptyPager } from "./pager.ts";
import type { AlertPolicy } from "./policy.ts";
import { loadPager, savePager } from "./saved.ts";
import { createWriter, type PlaceName } from "./text.ts";

export interface AlertOptions {
  readonly store: Store;
  readonly log: Pick<Log, "append">;
  readonly policy: AlertPolicy;
  /** What people call a region, hub or carrier. Default: by its code. */
  readonly placeName?: PlaceName;
  /** Incidents and breaches in memory at a time, about. Default 5000. */
  readonly atATime?: number;
  /** Names of the sinks pages are owed to. None: they are on the board and in the topic. */
  readonly sinks?: readonly string[];
}

/** Turns incidents and breached clocks into pages. */
export function createAlert({ store, log, policy, placeName, sinks = [], atATime = 5000 }: AlertOptions): Follower {
  const writer = createWriter(policy, placeName ?? ((_, value) => ({ "zh-CN": value, en: value })));
  let pager = emptyPager();

  async function write(changes: readonly PageChange[]): Promise<void> {
    if (changes.length === 0) return;
    const rows = changes.map((change) => toRow(change, policy));
    await store.insert("page_changes", rows);
    const entries = rows.map((row) => ({ key: row.page_id, value: Buffer.from(JSON.stringify(messageOf(row))) }));
    await log.append(TOPICS.alerts, entries);
    const sent = changes.filter(({ notice }) => notice === "sent");
    const marks = sent.flatMap(({ pageId, at, change }) => owed(pageEffectId(pageId, at, change), sinks));
    if (marks.length > 0) await store.insert("deliveries", marks);
  }

  return {
    name: "alert",
    async start(cursor, state) {
      pager = loadPager(state, await readOpenBreaches(store, cursor));
    },
    async step({ from, to }) {
      for (let start = from; start < to; ) {
        const end = await cutAt(store, start, to, atATime);
        await write(advance(pager, await readInputs(store, start, end), end, policy, writer));
        start = end;
      }
      return savePager(pager);
    },
  };
}

const toRow = ({ texts, notice, ...change }: PageChange, policy: AlertPolicy) => ({
  page_id: change.pageId,
  at: change.at,
  change: change.change,
  subject_kind: change.subjectKind,
  subject: change.subject,
  severity: change.severity,
  region: change.region,
  size: change.size,
  // One line for lists that show no language of their own.
  title: `${texts["zh-CN"].title} · ${texts.en.title}`,
  body: JSON.stringify({ ...texts, notice, ...(policy.runbook === undefined ? {} : { runbook: policy.runbook }) }),
});
