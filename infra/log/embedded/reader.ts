import type { LogRecord } from "../port.ts";
import { decodeRecords } from "./frame.ts";
import type { PartitionLog } from "./partition-log.ts";
import { corrupt, type FrameReader, mark, placeBefore, readFrames, type Segment } from "./segment.ts";

/** Reads a partition from an offset on, a chunk at a time. */
export interface Reader {
  /** Up to `most` records in offset order; empty at the end of the log. */
  next(most: number): Promise<LogRecord[]>;
  close(): Promise<void>;
}

/** @param from 0 .. the end of the log */
export function openReader(log: PartitionLog, from: number): Reader {
  let wanted = from;
  let segment: Segment | undefined;
  let frames: FrameReader | undefined;
  /** Decoded and not handed out yet. */
  let spare: LogRecord[] = [];

  async function enter(next: Segment): Promise<FrameReader> {
    await frames?.close();
    segment = next;
    frames = await readFrames(next, placeBefore(next, wanted).position);
    return frames;
  }

  async function fill(most: number): Promise<void> {
    while (spare.length < most && wanted + spare.length < log.end()) {
      const next = wanted + spare.length;
      const current = frames ?? (await enter(segmentOf(log.segments, next)));
      if (segment === undefined) return;
      // Beyond what is in memory only when nothing is at hand: a batch never holds more than a chunk or two.
      if (spare.length > 0 && !current.ready()) return;
      if (current.position >= segment.size) {
        const following = log.segments[log.segments.indexOf(segment) + 1];
        if (following?.base !== next) throw corrupt(segment, current.position, `offset ${next}`, "the end of the file");
        await enter(following);
        continue;
      }
      const position = current.position;
      const frame = await current.next();
      if (frame === undefined) throw corrupt(segment, position, `a whole frame`, "bytes with a wrong checksum");
      const { firstOffset, count } = frame.header;
      if (firstOffset > next) throw corrupt(segment, position, `offset ${next}`, `offset ${firstOffset}`);
      mark(segment, firstOffset, position);
      if (firstOffset + count > next) decodeRecords(frame.header, frame.body, next, spare);
    }
  }

  return {
    async next(most) {
      await fill(most);
      const records = spare.length <= most ? spare : spare.slice(0, most);
      spare = spare.length <= most ? [] : spare.slice(most);
      wanted += records.length;
      return records;
    },
    async close() {
      await frames?.close();
      frames = undefined;
    },
  };
}

function segmentOf(segments: readonly Segment[], offset: number): Segment {
  const found = segments.findLast((segment) => segment.base <= offset && segment.size > 0);
  if (found === undefined) throw new RangeError(`expected a segment with offset ${offset}, got none`);
  return found;
}
