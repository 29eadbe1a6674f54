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
 * Writes state and offset together into a slot, a few chunks at a time; the checkpoint in the other slot stays whole
 * meanwhile. The event loop goes on between chunks.
 * @throws Error when the slot does not hold what was written: somebody else writes into it
 */
export async function saveCheckpoint(
  store: Store,
  where: Where,
  slot: number,
  position: Position,
  blocks: Iterable<Uint8Array>,
): Promise<void> {
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
  const whole = await wholeSlots(store, where);
  if (!whole.some((one) => one.slot === slot && Number(one.next_offset) === position.nextOffset)) {
    throw new Error(`expected the checkpoint of ${nameOf(where)} in slot ${slot} to be whole, got another's in it`);
  }
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
  for (const { slot, next_offset, chunks, head } of await wholeSlots(store, where)) {
    const seal = sealOf(head, where);
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

interface Slot {
  readonly slot: number;
  readonly next_offset: string;
  readonly chunks: number;
  readonly head: string;
}

const wholeSlots = (store: Store, where: Where): Promise<Slot[]> =>
  store.query<Slot>(
    `SELECT slot, next_offset, toUInt32(max(chunks)) AS chunks, argMin(if(chunk = 0, body, ''), chunk) AS head
     FROM checkpoints FINAL
     WHERE process = {process:String} AND topic = {topic:String} AND partition = {partition:UInt16}
     GROUP BY slot, next_offset HAVING count() = max(checkpoints.chunks)
     ORDER BY next_offset DESC`,
    { ...where },
  );

async function read(
  store: Store,
  where: Where,
  { slot, next_offset, from }: { slot: number; next_offset: string; from: number },
): Promise<Buffer[]> {
  const rows = await store.query<{ body: string }>(
    `SELECT body FROM checkpoints FINAL
     WHERE process = {process:String} AND topic = {topic:String} AND partition = {partition:UInt16}
       AND slot = {slot:UInt8} AND next_offset = {offset:UInt64} AND chunk >= {from:UInt32} AND chunk < {until:UInt32}
     ORDER BY chunk`,
    { ...where, slot, offset: next_offset, from, until: from + TOGETHER },
  );
  return Promise.all(rows.map(({ body }) => unpacked(Buffer.from(body, "base64"))));
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

function sealOf(head: string, where: Where): Seal {
  const text = Buffer.from(head, "base64").toString("utf8");
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
