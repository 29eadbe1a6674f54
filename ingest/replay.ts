import type { Readable } from "node:stream";
import type { Log } from "../infra/log/port.ts";
import { byTopic } from "./accept.ts";
import { atPace, inBatches, type Pacing } from "./batches.ts";
import type { RejectReason } from "./contracts/outcome.ts";
import { STREAMS, type Stream, TOPICS } from "./contracts/topics.ts";
import { type Judged, judge } from "./edge.ts";
import { sizeOf } from "./input.ts";
import { readLines } from "./lines.ts";
import { mergeByTime } from "./merge.ts";
import { watermarkEntries } from "./watermarks.ts";

/** Records appended together: enough to make a flush worth it, few enough to be one message set of a broker. */
const BATCH = 2000;

export interface ReplayProgress extends FeedProgress {
  /** Bytes on disk read so far, and of all files; the total is undefined when standard input is among them. */
  readonly bytes: number;
  readonly totalBytes: number | undefined;
}

export interface ReplayOptions extends Omit<FeedOptions, "onProgress"> {
  readonly onProgress?: (progress: ReplayProgress) => void;
  /** What the file `-` stands for. Default: standard input. */
  readonly stdin?: Readable;
}

export interface ReplayCounts {
  readonly records: number;
  readonly accepted: Readonly<Record<Stream, number>>;
  readonly rejected: number;
  readonly reasons: Readonly<Partial<Record<RejectReason, number>>>;
  /** Earliest and latest event time, in ms; undefined when no event had one. */
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/**
 * Appends the events of files to the log in the order of their time, with watermarks that say how far it is.
 * The files may mix the streams; each keeps its own order, and several are merged by event time. What cannot be
 * used becomes a dead letter with its file and line. The same files at the same speed give the same log, record
 * for record: batches are cut by content, never by how fast anything was. A last watermark, 1 ms after the last
 * event, makes everything final.
 * @param files  NDJSON, gzipped or not; `-` is standard input
 * @param options  `clock`, in ms, is when all records are taken to have arrived, read once; with `speed` it and
 *                 `sleep` set the pace
 * @throws InputError when a file cannot be read (what was read before it is appended), the log's error, the reason
 *         of the signal, or RangeError for a speed that is none
 */
export async function replay(files: readonly string[], log: Log, options: ReplayOptions): Promise<ReplayCounts> {
  const { clock, onProgress } = options;
  const receivedAt = clock();
  const sizes = await Promise.all(files.map(sizeOf));
  const totalBytes = sizes.reduce((sum, size) => (sum === undefined || size === undefined ? undefined : sum + size), 0);
  let bytes = 0;
  const sources = files.map((file) => judgedLines(file, receivedAt, (read) => (bytes += read), options.stdin));
  return feed(mergeByTime(sources), log, {
    ...options,
    onProgress: (fed) => onProgress?.({ ...fed, bytes, totalBytes }),
  });
}

export interface FeedProgress {
  readonly records: number;
  /** How far in event time, in ms; undefined before the first event. */
  readonly at: number | undefined;
}

export interface FeedOptions extends Omit<Pacing, "speed"> {
  /** Event time passes this many times faster than real time; left out, as fast as the log takes it. */
  readonly speed?: number;
  readonly onProgress?: (progress: FeedProgress) => void;
}

/** Appends judged records in the order given, with watermarks; the rest is as for `replay`. */
export async function feed(
  source: AsyncIterable<readonly Judged[]>,
  log: Log,
  options: FeedOptions,
): Promise<ReplayCounts> {
  const { speed, clock, sleep, onProgress, signal } = options;
  const append = await appender(log);
  const tally = new Tally();
  const pacing = signal === undefined ? { clock, sleep } : { clock, sleep, signal };
  const steps = speed === undefined ? inBatches(source, BATCH) : atPace(source, BATCH, { speed, ...pacing });
  for await (const { items, mark } of steps) {
    signal?.throwIfAborted();
    await append(items, mark);
    tally.add(items);
    onProgress?.({ records: tally.records, at: mark });
  }
  if (tally.to !== undefined) await append([], tally.to + 1);
  return tally.counts();
}

async function* judgedLines(
  file: string,
  receivedAt: number,
  onRead: (bytes: number) => void,
  stdin: Readable | undefined,
): AsyncGenerator<readonly Judged[]> {
  const source = file === "-" ? "standard input" : file;
  for await (const lines of readLines(file, onRead, stdin)) {
    yield lines.map(({ bytes, length, number }) =>
      judge(undefined, bytes, { source, position: number, length }, receivedAt),
    );
  }
}

/** Appends a step: in each topic its events and after them, on every partition, the watermark if it has moved on. */
async function appender(log: Log): Promise<(items: readonly Judged[], mark: number | undefined) => Promise<void>> {
  const partitions = new Map<string, number>();
  for (const stream of STREAMS) partitions.set(TOPICS[stream], await log.partitions(TOPICS[stream]));
  let marked = Number.NEGATIVE_INFINITY;
  return async (items, mark) => {
    const entries = byTopic(items);
    if (mark !== undefined && mark > marked) {
      marked = mark;
      for (const stream of STREAMS) {
        const topic = TOPICS[stream];
        entries.set(topic, [...(entries.get(topic) ?? []), ...watermarkEntries(partitions.get(topic) ?? 0, mark)]);
      }
    }
    for (const [topic, list] of entries) await log.append(topic, list);
  };
}

class Tally {
  records = 0;
  from: number | undefined;
  to: number | undefined;
  readonly accepted: Record<Stream, number> = { orders: 0, complaints: 0, context: 0 };
  readonly reasons: Partial<Record<RejectReason, number>> = {};

  add(items: readonly Judged[]): void {
    this.records += items.length;
    for (const item of items) {
      if (item.kind === "letter") {
        this.reasons[item.reason] = (this.reasons[item.reason] ?? 0) + 1;
        continue;
      }
      this.accepted[item.stream]++;
      if (item.at === undefined) continue;
      this.from = Math.min(this.from ?? item.at, item.at);
      this.to = Math.max(this.to ?? item.at, item.at);
    }
  }

  counts(): ReplayCounts {
    const { records, accepted, reasons, from, to } = this;
    const rejected = Object.values(reasons).reduce((sum, n) => sum + n, 0);
    return { records, accepted, rejected, reasons, from, to };
  }
}
