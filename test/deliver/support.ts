import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Entry } from "../../infra/log/port.ts";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";

const TABLES = [
  "finding_changes",
  "incident_changes",
  "actions",
  "page_changes",
  "deliveries",
  "cursors",
  "order_events",
  "warning_changes",
] as const;

/** A real store in a directory of its own. A process holds one at a time. */
export async function openTestStore(): Promise<{ store: Store; clear(): Promise<void>; close(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "tocsin-test-"));
  const store = await openStore({ path });
  await migrate(store, { log: { info() {} } });
  return {
    store,
    async clear() {
      for (const table of TABLES) await store.command(`TRUNCATE TABLE ${table}`);
    },
    async close() {
      await store.close();
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** What was appended, by topic. */
export function recordingLog() {
  const topics = new Map<string, Record<string, unknown>[]>();
  return {
    messages: (topic: string) => topics.get(topic) ?? [],
    async append(topic: string, entries: readonly Entry[]) {
      const known = topics.get(topic) ?? [];
      topics.set(topic, known);
      return entries.map((entry, i) => {
        known.push(JSON.parse(entry.value.toString("utf8")));
        return { topic, partition: 0, offset: known.length + i };
      });
    },
  };
}

/** A row of finding_changes with everything that does not matter filled in. */
export const findingRow = (row: {
  finding_id: string;
  at: number;
  kind: string;
  change?: string;
  order_id?: string;
  [column: string]: unknown;
}): object => ({
  change: "opened",
  subject_kind: row.order_id ? "order" : "case",
  subject_id: row.order_id ?? row.finding_id,
  since: row.at,
  due: null,
  reason: "",
  stage: "",
  order_id: "",
  customer_id: "",
  merchant_id: "",
  category: "",
  carrier: "",
  hub: "",
  region: "",
  type: "",
  evidence: "{}",
  policy: "v1",
  partition: 0,
  offset: 0,
  ...row,
});

/** Windows that cover [from, to) with cuts at the given times. */
export function windows(from: number, to: number, cuts: readonly number[]): { from: number; to: number }[] {
  const inside = [...new Set(cuts.filter((cut) => cut > from && cut < to))].sort((a, b) => a - b);
  return [from, ...inside].map((start, i) => ({ from: start, to: inside[i] ?? to }));
}
