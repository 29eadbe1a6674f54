import type { LogRecord } from "../../infra/log/port.ts";
import type { EventOf } from "../../ingest/contracts/read.ts";
import type { Stream } from "../../ingest/contracts/topics.ts";
import { encodeWatermark } from "../../ingest/contracts/watermark.ts";
import type { Machine } from "../../processors/shell/machine.ts";
import { createPartition, type Position } from "../../processors/shell/partition.ts";

export const T0 = Date.parse("2026-03-02T00:00:00+08:00");
export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const at = (ms: number): string => new Date(ms).toISOString();

/** What goes into a partition: an event in the contract's JSON, or a watermark. */
export type Input = Record<string, unknown> | { readonly watermark: number };

export const toRecords = (inputs: readonly Input[]): LogRecord[] =>
  inputs.map((input, offset) => ({
    offset,
    appendedAt: T0 + 400 * 24 * HOUR,
    key: null,
    value:
      "watermark" in input && typeof input.watermark === "number"
        ? encodeWatermark(input.watermark)
        : Buffer.from(JSON.stringify(input)),
  }));

/** Rows as a store would hold them: the last write of a key wins by version, as ReplacingMergeTree does. */
export class Tables {
  readonly rows = new Map<string, Record<string, unknown>>();
  readonly out = (table: string, row: object): void => {
    const r = row as Record<string, unknown>;
    const key = KEYS[table]?.map((column) => r[column]).join("|");
    if (key === undefined) throw new Error(`no key for ${table}`);
    const name = `${table}: ${key}`;
    const old = this.rows.get(name);
    const version = (x: Record<string, unknown>) =>
      table === "finding_changes" ? Number(x.offset) : -Number(x.offset);
    if (!old || version(r) >= version(old)) this.rows.set(name, r);
  };
  all(): unknown[] {
    return [...this.rows].sort(([a], [b]) => (a < b ? -1 : 1));
  }
  findings(change = "opened"): { kind: string; at: number; reason: string; subject_id: string; due: number | null }[] {
    return [...this.rows.entries()]
      .filter(([name, row]) => name.startsWith("finding_changes") && row.change === change)
      .map(([, row]) => row as never);
  }
}

const KEYS: Record<string, string[]> = {
  order_events: ["order_id", "event_id", "content"],
  complaint_events: ["complaint_id", "event_id", "content"],
  finding_changes: ["finding_id", "change"],
};

/** Folds records into tables, from the start or from what was saved. */
export function play<S extends Stream>(
  stream: S,
  create: () => Machine<EventOf[S]>,
  records: readonly LogRecord[],
  tables = new Tables(),
  from?: { position: Position; blocks: readonly Uint8Array[] },
  disorder = 0,
): { tables: Tables; position: Position; blocks: Uint8Array[]; open: number } {
  const machine = create();
  for (const block of from?.blocks ?? []) machine.load(block);
  const partition = createPartition({ stream, partition: 0, machine, disorder, ...(from && { from: from.position }) });
  for (const record of records) partition.feed(record, tables.out, () => {});
  return { tables, position: { ...partition.position }, blocks: [...machine.save()], open: machine.open() };
}
