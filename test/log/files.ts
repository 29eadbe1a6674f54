import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import type { LogRecord } from "../../infra/log/port.ts";
import { startReading } from "./reading.ts";

/** A folder for one test. */
export async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "tocsin-log-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

export function partitionFile(dir: string, topic: string, partition = 0, base = 0): string {
  return join(dir, "topics", topic, String(partition), `${String(base).padStart(20, "0")}.log`);
}

/** Opens the log, reads one topic to its end, closes it. */
export async function readAll(dir: string, topic: string): Promise<LogRecord[]> {
  const log = await openEmbeddedLog({ dir, onRepair: () => {} });
  try {
    const ends = await log.ends(topic);
    const reading = await startReading(log, { group: "all", topics: [topic] });
    await reading.until(() => reading.records().length === ends.reduce((sum, end) => sum + end, 0));
    await reading.consumer.stop();
    return reading.records();
  } finally {
    await log.close();
  }
}
