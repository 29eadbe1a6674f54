import { type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../port.ts";
import { encodeFrame, entryBytes } from "./frame.ts";
import { type Repair, recover } from "./recover.ts";
import { fileName, mark, type Segment } from "./segment.ts";

/** `always`: on disk before it is accepted. `batch`: within a second. `never`: when the system likes. */
export type Fsync = "always" | "batch" | "never";

export interface PartitionLogOptions {
  readonly dir: string;
  readonly fsync: Fsync;
  readonly segmentBytes: number;
  readonly now: () => number;
}

/** The files of one partition: one writer, any number of readers. */
export interface PartitionLog {
  readonly segments: readonly Segment[];
  readonly repair: Repair | undefined;
  /** Next offset to be written. */
  end(): number;
  /** Resolves with the offset of the first entry when all are accepted; nothing of what is rejected stays, or a first part whole. */
  append(entries: readonly Entry[]): Promise<number>;
  /** Calls back once when the end has moved; the returned function calls it off. */
  onGrowth(wake: () => void): () => void;
  close(): Promise<void>;
}

interface Piece {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  /** Shared by the pieces of one append: after the first that fails the others are not tried, so no hole arises. */
  readonly fate: { failure: unknown };
  readonly resolve: (firstOffset: number) => void;
  readonly reject: (error: unknown) => void;
}

const FRAME_BYTES = 1 << 20;
const SYNC_MS = 1000;

export async function openPartitionLog(options: PartitionLogOptions): Promise<PartitionLog> {
  const { dir, fsync, segmentBytes, now } = options;
  await mkdir(dir, { recursive: true });
  const recovered = await recover(dir);
  const segments = [...recovered.segments];
  const waiting = new Set<() => void>();
  const queue: Piece[] = [];
  let end = recovered.end;
  let handle: FileHandle | undefined;
  let draining: Promise<void> | undefined;
  let syncTimer: NodeJS.Timeout | undefined;
  let broken: Error | undefined;
  let closed = false;

  function append(entries: readonly Entry[]): Promise<number> {
    if (closed) return Promise.reject(new Error(`${dir}: expected an open log, got one that was closed`));
    const fate = { failure: undefined };
    const written = split(entries).map(
      ({ entries: piece, bytes }) =>
        new Promise<number>((resolve, reject) => queue.push({ entries: piece, bytes, fate, resolve, reject })),
    );
    draining ??= drain();
    return Promise.all(written).then((offsets) => offsets[0] ?? end);
  }

  /** One frame, one write and one sync after another: what arrives meanwhile goes into the next. */
  async function drain(): Promise<void> {
    // Appends of the same tick share the first write.
    await Promise.resolve();
    while (queue.length > 0) {
      const pieces = take(queue);
      const ready = pieces.filter((piece) => piece.fate.failure === undefined);
      for (const piece of pieces) if (!ready.includes(piece)) piece.reject(piece.fate.failure);
      if (ready.length === 0) continue;
      try {
        let first = end;
        await write(ready);
        for (const piece of ready) {
          piece.resolve(first);
          first += piece.entries.length;
        }
        for (const wake of [...waiting]) wake();
      } catch (error) {
        for (const piece of ready) {
          piece.fate.failure = error;
          piece.reject(error);
        }
      }
    }
    draining = undefined;
  }

  async function write(pieces: readonly Piece[]): Promise<void> {
    if (broken !== undefined) throw broken;
    const entries = pieces.length === 1 ? (pieces[0]?.entries ?? []) : pieces.flatMap((piece) => piece.entries);
    const frame = encodeFrame(
      entries,
      pieces.reduce((sum, piece) => sum + piece.bytes, 0),
      end,
      now(),
    );
    const { segment, file } = await writable(frame.length);
    const position = segment.size;
    try {
      await writeAll(file, frame, position);
      if (fsync === "always") await file.datasync();
    } catch (error) {
      await takeBack(file, position);
      throw located(segment.file, error);
    }
    mark(segment, end, position);
    segment.size = position + frame.length;
    end += entries.length;
    if (fsync === "batch") {
      // A failure is told to the next append.
      syncTimer ??= setTimeout(() => void flush().catch(() => undefined), SYNC_MS).unref();
    }
  }

  async function writable(bytes: number): Promise<{ segment: Segment; file: FileHandle }> {
    const last = segments.at(-1);
    if (last !== undefined && (last.size === 0 || last.size + bytes <= segmentBytes)) {
      handle ??= await open(last.file, "r+");
      return { segment: last, file: handle };
    }
    if (handle !== undefined) {
      await flush();
      await handle.close();
      handle = undefined;
    }
    const segment = { file: join(dir, fileName(end)), base: end, size: 0, marks: [] };
    const file = await open(segment.file, "w+");
    if (fsync !== "never") await syncDirectory(dir);
    handle = file;
    segments.push(segment);
    return { segment, file };
  }

  /** Undoes a write that failed. What cannot be undone must not be written behind. */
  async function takeBack(file: FileHandle, size: number): Promise<void> {
    try {
      await file.truncate(size);
      if (fsync === "always") await file.datasync();
    } catch (cause) {
      broken = new Error(`${dir}: expected to cut a failed write off at byte ${size}, could not; open the log again`, {
        cause,
      });
    }
  }

  async function flush(): Promise<void> {
    if (syncTimer !== undefined) clearTimeout(syncTimer);
    syncTimer = undefined;
    if (fsync === "never") return;
    try {
      await handle?.datasync();
    } catch (cause) {
      // Accepted records may be lost to a power cut now, and a second sync would say all is well.
      broken = new Error(`${dir}: expected accepted records to reach the disk, the sync failed; open the log again`, {
        cause,
      });
      throw broken;
    }
  }

  return {
    segments,
    repair: recovered.repair,
    end: () => end,
    append,
    onGrowth(wake) {
      const once = () => {
        waiting.delete(once);
        wake();
      };
      waiting.add(once);
      return () => waiting.delete(once);
    },
    async close() {
      closed = true;
      await draining;
      await flush();
      await handle?.close();
      handle = undefined;
    },
  };
}

/** Cuts a large append in pieces of about a frame; an entry larger than that has a piece of its own. */
function split(entries: readonly Entry[]): { entries: readonly Entry[]; bytes: number }[] {
  const pieces: { entries: readonly Entry[]; bytes: number }[] = [];
  let from = 0;
  let bytes = 0;
  entries.forEach((entry, i) => {
    const size = entryBytes(entry);
    if (bytes > 0 && bytes + size > FRAME_BYTES) {
      pieces.push({ entries: entries.slice(from, i), bytes });
      from = i;
      bytes = 0;
    }
    bytes += size;
  });
  pieces.push({ entries: entries.slice(from), bytes });
  return pieces;
}

function take(queue: Piece[]): Piece[] {
  let bytes = 0;
  let n = 0;
  while (n < queue.length && (n === 0 || bytes + (queue[n]?.bytes ?? 0) <= FRAME_BYTES))
    bytes += queue[n++]?.bytes ?? 0;
  return queue.splice(0, n);
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** Of a failed write the system says what, and not where. */
function located(file: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  return Object.assign(new Error(`${file}: ${message}`, { cause }), code === undefined ? {} : { code });
}

async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
