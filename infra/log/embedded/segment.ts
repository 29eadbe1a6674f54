import { type FileHandle, open } from "node:fs/promises";
import { bodyIsTrue, decodeHeader, findHeader, HEADER_BYTES, type Header } from "./frame.ts";

/** One file of a partition, named by its first offset. */
export interface Segment {
  readonly file: string;
  readonly base: number;
  /** Bytes that may be read: what lies behind is being written or was never accepted. */
  size: number;
  /** Some known places to begin a search, ascending. */
  readonly marks: Mark[];
}

export interface Mark {
  readonly offset: number;
  readonly position: number;
}

const CHUNK_BYTES = 1 << 20;
const MARK_BYTES = 1 << 18;

export class CorruptLogError extends Error {
  override readonly name = "CorruptLogError";
}

export function corrupt(segment: Segment, position: number, expected: string, got: string): CorruptLogError {
  return new CorruptLogError(
    `${segment.file}: damaged at byte ${position}: expected ${expected}, got ${got}; restore the file from a copy`,
  );
}

export function fileName(base: number): string {
  return `${String(base).padStart(20, "0")}.log`;
}

/** Remembers the place of a frame when the last remembered one is far. */
export function mark(segment: Segment, offset: number, position: number): void {
  const last = segment.marks.at(-1);
  if (position - (last?.position ?? 0) >= MARK_BYTES) segment.marks.push({ offset, position });
}

/** The nearest known place at or before `offset`. */
export function placeBefore(segment: Segment, offset: number): Mark {
  return segment.marks.findLast((m) => m.offset <= offset) ?? { offset: segment.base, position: 0 };
}

export interface Frame {
  readonly header: Header;
  readonly body: Buffer;
  readonly position: number;
  readonly next: number;
}

/** Reads frames one after another, a chunk of the file at a time. */
export interface FrameReader {
  /** The next frame, or undefined at the end of what may be read or where no true frame begins. */
  next(): Promise<Frame | undefined>;
  /** True when the next frame is in memory already. */
  ready(): boolean;
  readonly position: number;
  close(): Promise<void>;
}

export async function readFrames(segment: Segment, from: number): Promise<FrameReader> {
  const handle = await open(segment.file, "r");
  let chunk: Buffer = Buffer.alloc(0);
  let chunkAt = from;
  let position = from;

  async function load(bytes: number): Promise<void> {
    if (position + bytes <= chunkAt + chunk.length) return;
    // A new buffer each time: the records handed out are views of the old one.
    chunk = await readAt(handle, position, Math.min(Math.max(bytes, CHUNK_BYTES), segment.size - position));
    chunkAt = position;
  }

  return {
    get position() {
      return position;
    },
    ready() {
      const header = decodeHeader(chunk, position - chunkAt);
      return header !== undefined && position - chunkAt + HEADER_BYTES + header.bodyLength <= chunk.length;
    },
    async next() {
      if (position + HEADER_BYTES > segment.size) return undefined;
      await load(HEADER_BYTES);
      const header = decodeHeader(chunk, position - chunkAt);
      if (header === undefined) return undefined;
      const next = position + HEADER_BYTES + header.bodyLength;
      if (next > segment.size) return undefined;
      await load(next - position);
      const bodyAt = position - chunkAt + HEADER_BYTES;
      const body = chunk.subarray(bodyAt, bodyAt + header.bodyLength);
      if (!bodyIsTrue(header, body)) return undefined;
      const frame = { header, body, position, next };
      position = next;
      return frame;
    },
    close: () => handle.close(),
  };
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/** Whether a true frame begins anywhere at or after `from`. */
export async function frameBehind(segment: Segment, from: number): Promise<boolean> {
  const handle = await open(segment.file, "r");
  try {
    // Chunks overlap by a header less one byte, so that none is cut in two.
    for (let at = from; at < segment.size; at += CHUNK_BYTES) {
      const chunk = await readAt(handle, at, Math.min(CHUNK_BYTES + HEADER_BYTES - 1, segment.size - at));
      if (findHeader(chunk, 0) >= 0) return true;
    }
    return false;
  } finally {
    await handle.close();
  }
}
