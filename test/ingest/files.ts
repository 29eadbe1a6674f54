import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type EmbeddedLogOptions, openEmbeddedLog } from "../../infra/log/embedded.ts";
import type { Log, LogRecord } from "../../infra/log/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { startReading } from "../log/reading.ts";

const made: string[] = [];
afterAll(async () => {
  for (const dir of made) await rm(dir, { recursive: true, force: true });
});

/** A folder that goes when the file's tests are over. */
export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "tocsin-ingest-"));
  made.push(dir);
  return dir;
}

export async function fileWith(contents: string | Buffer, name = "events.ndjson"): Promise<string> {
  const path = join(await folder(), name);
  await writeFile(path, contents);
  return path;
}

export const PARTITIONS = 3;

/** A real log with the topics of Tocsin. */
export async function openLog(options: Partial<EmbeddedLogOptions> = {}): Promise<Log> {
  const log = await openEmbeddedLog({ dir: await folder(), now: () => 0, fsync: "never", ...options });
  await log.ensure({
    [TOPICS.orders]: PARTITIONS,
    [TOPICS.complaints]: PARTITIONS,
    [TOPICS.context]: 1,
    [TOPICS.deadLetters]: 1,
  });
  return log;
}

/** Everything a topic holds, by partition. */
export async function readAll(log: Log, topic: string): Promise<LogRecord[][]> {
  const ends = await log.ends(topic);
  const total = ends.reduce((sum, end) => sum + end, 0);
  const reading = await startReading(log, { group: `all-${topic}`, topics: [topic] });
  await reading.until(() => reading.records().length >= total);
  await reading.consumer.stop();
  return ends.map((_, partition) => reading.records(partition));
}
