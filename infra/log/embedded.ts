import { mkdir, open, readdir, readFile, rename } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { createGroup, type Group } from "./embedded/group.ts";
import { lockDirectory } from "./embedded/lock.ts";
import { type Fsync, openPartitionLog, type PartitionLog } from "./embedded/partition-log.ts";
import type { Repair } from "./embedded/recover.ts";
import { placer } from "./partition.ts";
import type { Entry, Log, Position } from "./port.ts";
import { checkTopics, otherPartitions, unknownTopic } from "./topics.ts";

export interface EmbeddedLogOptions {
  readonly dir: string;
  /** When a record is on the disk and not only with the system. Default `batch`. */
  readonly fsync?: Fsync;
  /** A file is ended before it grows beyond this. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Milliseconds for `appendedAt`. Default `Date.now`. */
  readonly now?: () => number;
  /** Told what was cut off at opening. Default a process warning. */
  readonly onRepair?: (repair: Repair) => void;
}

const TopicFile = z.object({ partitions: z.number().int().positive() });

interface Topic {
  readonly partitions: readonly PartitionLog[];
  readonly place: (entry: Entry) => number;
}

/**
 * Opens the log in a directory, making it when it is not there.
 * @throws LockError when another process uses the directory, CorruptLogError for a damaged file
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<Log> {
  const { fsync = "batch", segmentBytes = 64 << 20, now = Date.now, onRepair = warnOfRepair } = options;
  if (!Number.isInteger(segmentBytes) || segmentBytes < 1) {
    throw new RangeError(`segmentBytes: expected a whole number of 1 or more, got ${segmentBytes}`);
  }
  const dir = resolve(options.dir);
  const topicsDir = join(dir, "topics");
  await mkdir(topicsDir, { recursive: true });
  const unlock = await lockDirectory(dir);
  const topics = new Map<string, Topic>();
  const groups = new Map<string, Group>();

  async function openTopic(name: string, count: number): Promise<void> {
    const partitions: PartitionLog[] = [];
    for (let p = 0; p < count; p++) {
      const log = await openPartitionLog({ dir: join(topicsDir, name, String(p)), fsync, segmentBytes, now });
      if (log.repair !== undefined) onRepair(log.repair);
      partitions.push(log);
    }
    topics.set(name, { partitions, place: placer(name, count) });
  }

  function topicOf(name: string): Topic {
    const topic = topics.get(name);
    if (topic === undefined) throw unknownTopic(name);
    return topic;
  }

  async function close(): Promise<void> {
    await Promise.all([...groups.values()].map((group) => group.close()));
    const logs = [...topics.values()].flatMap((topic) => topic.partitions);
    const closed = await Promise.allSettled(logs.map((log) => log.close()));
    await unlock();
    for (const result of closed) if (result.status === "rejected") throw result.reason;
  }

  try {
    for (const name of (await readdir(topicsDir)).sort()) {
      const count = await readCount(join(topicsDir, name, "topic.json"));
      if (count !== undefined) await openTopic(name, count);
    }
  } catch (error) {
    await close();
    throw error;
  }

  // Two callers that want the same topic at a time make it once.
  let ensuring: Promise<void> = Promise.resolve();
  async function ensure(wanted: Readonly<Record<string, number>>): Promise<void> {
    for (const [name, count] of Object.entries(wanted)) {
      const got = topics.get(name)?.partitions.length;
      if (got !== undefined && got !== count) throw otherPartitions(name, count, got);
    }
    for (const [name, count] of Object.entries(wanted)) {
      if (topics.has(name)) continue;
      await mkdir(join(topicsDir, name), { recursive: true });
      await writeDurably(join(topicsDir, name), "topic.json", JSON.stringify({ partitions: count }));
      await openTopic(name, count);
    }
  }

  let closing: Promise<void> | undefined;
  return {
    async ensure(wanted) {
      checkTopics(wanted);
      const done = ensuring.then(() => ensure(wanted));
      ensuring = done.catch(() => undefined);
      await done;
    },
    partitions: async (topic) => topicOf(topic).partitions.length,
    async append(topic, entries) {
      const { partitions, place } = topicOf(topic);
      return appendTo(topic, partitions, place, entries);
    },
    ends: async (topic) => topicOf(topic).partitions.map((log) => log.end()),
    async consume(consume) {
      const group = groups.get(consume.group) ?? createGroup((topic) => topicOf(topic).partitions);
      groups.set(consume.group, group);
      return group.join(consume);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function appendTo(
  topic: string,
  partitions: readonly PartitionLog[],
  place: (entry: Entry) => number,
  entries: readonly Entry[],
): Promise<Position[]> {
  const shares: Entry[][] = partitions.map(() => []);
  // Place all before the first is written: a wrong entry leaves nothing behind.
  const placed = entries.map(place);
  for (const [i, entry] of entries.entries()) shares[placed[i] ?? 0]?.push(entry);
  const next = await Promise.all(
    partitions.map((log, p) => (shares[p]?.length ? log.append(shares[p]) : Promise.resolve(0))),
  );
  return placed.map((partition) => {
    const offset = next[partition] ?? 0;
    next[partition] = offset + 1;
    return { topic, partition, offset };
  });
}

async function readCount(file: string): Promise<number | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    // A topic without this file was never finished, so nothing was accepted for it.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
  const parsed = TopicFile.safeParse(tryJson(text));
  if (!parsed.success) throw new Error(`${file}: expected {"partitions": N}, got ${text.slice(0, 100)}`);
  return parsed.data.partitions;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function writeDurably(dir: string, name: string, text: string): Promise<void> {
  const draft = join(dir, `${name}.draft`);
  const file = await open(draft, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, join(dir, name));
}

function warnOfRepair({ file, keptBytes, cutBytes }: Repair): void {
  process.emitWarning(`${file}: cut ${cutBytes} bytes of an unfinished append behind byte ${keptBytes}`, {
    code: "LOG_TAIL_CUT",
  });
}
