import { crc32 } from "node:zlib";
import type { Entry, LogRecord } from "../port.ts";

// One frame is one write: it is there whole or it is not there. Little-endian:
//   magic u32 · body length u32 · body CRC32 u32 · records u32 · first offset f64 · appendedAt f64 · header CRC32 u32
//   body: key length i32 (-1 for none) · value length u32 · key · value, for each record
// The header has a CRC of its own, so a length is believed only when it is true.
export const HEADER_BYTES = 36;
const MAGIC = 0x31434f54;
const RECORD_BYTES = 8;

export interface Header {
  readonly bodyLength: number;
  readonly bodyCrc: number;
  readonly count: number;
  readonly firstOffset: number;
  readonly appendedAt: number;
}

/** Bytes an entry takes in a frame. */
export function entryBytes({ key, value }: Entry): number {
  return RECORD_BYTES + (key === null ? 0 : Buffer.byteLength(key)) + value.length;
}

/** @param bodyLength sum of `entryBytes` of the entries */
export function encodeFrame(
  entries: readonly Entry[],
  bodyLength: number,
  firstOffset: number,
  appendedAt: number,
): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bodyLength);
  let at = HEADER_BYTES;
  for (const { key, value } of entries) {
    const keyLength = key === null ? 0 : frame.write(key, at + RECORD_BYTES);
    frame.writeInt32LE(key === null ? -1 : keyLength, at);
    frame.writeUInt32LE(value.length, at + 4);
    frame.set(value, at + RECORD_BYTES + keyLength);
    at += RECORD_BYTES + keyLength + value.length;
  }
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(bodyLength, 4);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 8);
  frame.writeUInt32LE(entries.length, 12);
  frame.writeDoubleLE(firstOffset, 16);
  frame.writeDoubleLE(appendedAt, 24);
  frame.writeUInt32LE(crc32(frame.subarray(0, 32)), 32);
  return frame;
}

/** The header at `at`, or undefined where there is none that is whole and true. */
export function decodeHeader(bytes: Buffer, at: number): Header | undefined {
  if (at + HEADER_BYTES > bytes.length || bytes.readUInt32LE(at) !== MAGIC) return undefined;
  if (bytes.readUInt32LE(at + 32) !== crc32(bytes.subarray(at, at + 32))) return undefined;
  return {
    bodyLength: bytes.readUInt32LE(at + 4),
    bodyCrc: bytes.readUInt32LE(at + 8),
    count: bytes.readUInt32LE(at + 12),
    firstOffset: bytes.readDoubleLE(at + 16),
    appendedAt: bytes.readDoubleLE(at + 24),
  };
}

/** @param body the body alone */
export function bodyIsTrue(header: Header, body: Buffer): boolean {
  return crc32(body) === header.bodyCrc;
}

/** Appends the records from `from` on to `out`. Values are views of `body`, which must not be written to again. */
export function decodeRecords(header: Header, body: Buffer, from: number, out: LogRecord[]): void {
  const { count, firstOffset, appendedAt } = header;
  let at = 0;
  for (let i = 0; i < count; i++) {
    const keyLength = body.readInt32LE(at);
    const valueLength = body.readUInt32LE(at + 4);
    const valueAt = at + RECORD_BYTES + Math.max(keyLength, 0);
    if (firstOffset + i >= from) {
      const key = keyLength < 0 ? null : body.toString("utf8", at + RECORD_BYTES, valueAt);
      out.push({ offset: firstOffset + i, appendedAt, key, value: body.subarray(valueAt, valueAt + valueLength) });
    }
    at = valueAt + valueLength;
  }
}

/** Where the next true header begins at or after `at`, or -1. */
export function findHeader(bytes: Buffer, at: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(MAGIC);
  for (let i = bytes.indexOf(magic, at); i >= 0; i = bytes.indexOf(magic, i + 1)) {
    if (decodeHeader(bytes, i) !== undefined) return i;
  }
  return -1;
}
