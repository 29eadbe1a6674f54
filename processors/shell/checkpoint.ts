import { gunzipSync, gzipSync } from "node:zlib";
import type { Store } from "../../infra/store/port.ts";
import type { Position } from "./partition.ts";

/** Below ClickHouse's comfortable row size, large enough that a million orders are a few hundred rows. */
const CHUNK_BYTES = 512 * 1024;

export interface Where {
  readonly process: string;
  readonly topic: string;
  readonly partition: number;
}
export interface Checkpoint {
  readonly position: Position;
  readonly lines: string[];
  readonly slot: number;
}

/** Writes state and offset together into a slot; the checkpoint in the other slot stays whole meanwhile. */
export async function saveCheckpoint(
  store: Store,
  where: Where,
  slot: number,
  position: Position,
  lines: Iterable<string>,
): Promise<void> {
  const text = [JSON.stringify({ ...position, watermark: finite(position.watermark) }), ...lines].join("\n");
  const body = gzipSync(text, { level: 1 }).toString("base64");
  const chunks = Math.max(1, Math.ceil(body.length / CHUNK_BYTES));
  const rows = Array.from({ length: chunks }, (_, chunk) => ({
    ...where,
    slot,
    chunk,
    chunks,
    next_offset: position.nextOffset,
    body: body.slice(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES),
  }));
  await store.insert("checkpoints", rows);
}

/** The latest whole checkpoint of a partition, or undefined when there is none. */
export async function loadCheckpoint(store: Store, where: Where): Promise<Checkpoint | undefined> {
  const slots = await store.query<{ slot: number; next_offset: string; parts: string[] }>(
    `SELECT slot, next_offset, arrayMap(x -> x.2, arraySort(groupArray((chunk, body)))) AS parts
     FROM checkpoints FINAL
     WHERE process = {process:String} AND topic = {topic:String} AND partition = {partition:UInt16}
     GROUP BY slot, next_offset HAVING count() = any(chunks)
     ORDER BY next_offset DESC LIMIT 1`,
    { ...where },
  );
  const latest = slots[0];
  if (!latest) return undefined;
  const [head = "", ...lines] = gunzipSync(Buffer.from(latest.parts.join(""), "base64"))
    .toString("utf8")
    .split("\n");
  const position = JSON.parse(head) as Position & { watermark: number | null };
  return {
    position: { ...position, watermark: position.watermark ?? Number.NEGATIVE_INFINITY },
    lines,
    slot: latest.slot,
  };
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
