import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { crc32, deflateRaw, inflateRaw } from "node:zlib";
import type { Store } from "../../infra/store/port.ts";
import type { Machine } from "./machine.ts";
import type { Position } from "./partition.ts";

const FORMAT = 2;
/** Chunks that go to the store and come back together: a megabyte or two. */
const TOGETHER = 4;
const RAW = 0;
const DEFLATED = 1;
const deflate = promisify(deflateRaw);
const inflate = promisify<Uint8Array, Buffer>(inflateRaw);

export interface Where {
  readonly process: string;
  readonly topic: string;
  readonly partition: number;
}
/** The last chunk written, and the first one read: without it the others are nothing. */
interface Seal {
  readonly format: number;
  readonly position: Omit<Position, "watermark"> & { readonly watermark: number | null };
  /** Of all blocks, so that chunks of two writers are never taken for one state. */
  readonly crc: number;
}
export interface Checkpoint<M> {
  readonly machine: M;
  readonly position: Position;
  readonly slot: number;
}

/**
 * Writes state and offset together, a few chunks at a time; what lies in the slot `kept`, and the latest whole checkpoint,
 * stay as they are meanwhile. The event loop goes on between chunks.
 * @param kept  where the checkpoint is that the state was loaded from, or saved to
 * @returns the slot, or undefined when it does not hold what was written: who lost the partition without knowing it may
 *          have written there at the same time, and the one before counts
 */
export async function saveCheckpoint(
  store: Store,
  where: Where,
  kept: number | undefined,
  position: Position,
  blocks: Iterable<Uint8Array>,
): Promise<number | undefined> {
  const slot = await freeSlot(store, where, kept, position.nextOffset);
  const row = (chunk: number, chunks: number, body: Buffer) => ({
    ...where,
    slot,
    chunk,
    chunks,
    next_offset: position.nextOffset,
    body: body.toString("base64"),
  });
  let rows: object[] = [];
  let chunks = 1;
  let crc = 0;
  for (const block of blocks) {
    crc = crc32(block, crc);
    rows.push(row(chunks++, 0, await packed(block)));
    if (rows.length < TOGETHER) continue;
    await store.insert("checkpoints", rows);
    rows = [];
  }
  if (rows.length > 0) await store.insert("checkpoints", rows);
  const seal: Seal = { format: FORMAT, position: { ...position, watermark: finite(position.watermark) }, crc };
  await store.insert("checkpoints", [row(0, chunks, Buffer.from(JSON.stringify(seal)))]);
  const slots = await slotsOf(store, where);
  const written = slots.find((one) => one.slot === slot && Number(one.next_offset) === position.nextOffset);
  return written?.whole === 1 ? slot : undefined;
}

/**
 * The first slot that is not kept and holds neither the latest whole checkpoint nor anything as late as `offset`: later chunks replace
 * earlier ones, so what a killed or a slow writer left of a later state, or of the same in another number of chunks,
 * would never make way. Two slots take turns; a third is needed only beside such a rest.
 */
async function freeSlot(store: Store, where: Where, kept: number | undefined, offset: number): Promise<number> {
  const slots = await slotsOf(store, where);
  const latest = slots.find(({ whole }) => whole === 1);
  const full = slots.filter((one) => one === latest || Number(one.next_offset) >= offset);
  const busy = new Set([kept, ...full.map((one) => one.slot)]);
  for (let slot = 0; ; slot++) if (!busy.has(slot)) return slot;
}

/**
 * The latest whole checkpoint of a partition in a machine made for it, or undefined when there is none.
 * @throws Error for one that an older Tocsin wrote
 */
export async function loadCheckpoint<M extends Pick<Machine<never>, "load">>(
  store: Store,
  where: Where,
  create: () => M,
): Promise<Checkpoint<M> | undefined> {
  for (const { slot, next_offset, chunks, whole } of await slotsOf(store, where)) {
    if (whole === 0) continue;
    const [head] = await bodies(store, where, { slot, next_offset, from: 0, until: 1 });
    const seal = sealOf(head ?? Buffer.alloc(0), where);
    const machine = create();
    let crc = 0;
    try {
      for (let from = 1; from < chunks; from += TOGETHER) {
        for (const block of await read(store, where, { slot, next_offset, from })) {
          crc = crc32(block, crc);
          machine.load(block);
          await turn();
        }
      }
    } catch (error) {
      // Chunks of two writers may make no sense at all; what makes sense and cannot be taken is thrown on.
      if (await isWhole(store, where, slot, next_offset, chunks, seal.crc)) throw error;
      continue;
    }
    if (crc !== seal.crc) continue;
    const { watermark } = seal.position;
    return { machine, position: { ...seal.position, watermark: watermark ?? Number.NEGATIVE_INFINITY }, slot };
  }
  return undefined;
}

/** What was written of one state into one slot. */
interface Slot {
  readonly slot: number;
  readonly next_offset: string;
  readonly chunks: number;
  readonly whole: 0 | 1;
}

/** The latest first. */
const slotsOf = (store: Store, where: Where): Promise<Slot[]> =>
  store.query<Slot>(
    `SELECT slot, next_offset, toUInt32(max(chunks)) AS chunks, count() = max(checkpoints.chunks) AS whole
     FROM checkpoints FINAL
     WHERE process = {process:String} AND topic = {topic:String} AND partition = {partition:UInt16}
     GROUP BY slot, next_offset ORDER BY next_offset DESC`,
    { ...where },
  );

interface Range {
  readonly slot: number;
  readonly next_offset: string;
  readonly from: number;
  readonly until: number;
}

async function bodies(store: Store, where: Where, { next_offset, ...range }: Range): Promise<Buffer[]> {
  const rows = await store.query<{ body: string }>(
    `SELECT body FROM checkpoints FINAL
     WHERE process = {process:String} AND topic = {topic:String} AND partition = {partition:UInt16}
       AND slot = {slot:UInt8} AND next_offset = {offset:UInt64} AND chunk >= {from:UInt32} AND chunk < {until:UInt32}
     ORDER BY chunk`,
    { ...where, ...range, offset: next_offset },
  );
  return rows.map(({ body }) => Buffer.from(body, "base64"));
}

async function read(store: Store, where: Where, range: Omit<Range, "until">): Promise<Buffer[]> {
  const found = await bodies(store, where, { ...range, until: range.from + TOGETHER });
  return Promise.all(found.map(unpacked));
}

async function isWhole(
  store: Store,
  where: Where,
  slot: number,
  next_offset: string,
  chunks: number,
  expected: number,
): Promise<boolean> {
  let crc = 0;
  try {
    for (let from = 1; from < chunks; from += TOGETHER) {
      for (const block of await read(store, where, { slot, next_offset, from })) crc = crc32(block, crc);
    }
  } catch {
    return false;
  }
  return crc === expected;
}

function sealOf(head: Buffer, where: Where): Seal {
  const text = head.toString("utf8");
  const seal = text.startsWith("{") ? (JSON.parse(text) as Seal) : undefined;
  if (seal?.format === FORMAT) return seal;
  throw new Error(
    `expected a checkpoint of format ${FORMAT} for ${nameOf(where)}, got ${seal ? seal.format : "an older one"}: ` +
      "TRUNCATE TABLE checkpoints, and the log is read again from its start",
  );
}

/** Deflated in another thread where that saves anything: packed records hardly shrink, text does. */
async function packed(block: Uint8Array): Promise<Buffer> {
  const small = await deflate(block, { level: 1 });
  return small.length < block.length * 0.8
    ? Buffer.concat([Buffer.of(DEFLATED), small])
    : Buffer.concat([Buffer.of(RAW), block]);
}

async function unpacked(body: Buffer): Promise<Buffer> {
  return body[0] === DEFLATED ? inflate(body.subarray(1)) : body.subarray(1);
}

const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null);
const nameOf = ({ process, topic, partition }: Where): string => `${process} ${topic}/${partition}`;
