import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type ReplayCounts, replay } from "../../ingest/replay.ts";
import type { Settings } from "../config/settings.ts";
import { createMetrics } from "../metrics.ts";
import type { Session } from "../session.ts";
import { progressLine } from "./output.ts";
import { type Running, startRunning } from "./run.ts";

export interface FeedOptions {
  /** Times real speed; as fast as it can when left out. */
  readonly speed?: number;
  /** What is read where a file is called "-". */
  readonly stdin?: Readable;
  /** Rejects when the work is told to end. */
  readonly interrupted: Promise<never>;
}

export interface Fed {
  readonly running: Running;
  readonly counts: ReplayCounts;
  readonly seconds: number;
}

/** Runs event files through the whole pipeline and ends it when everything they cause is stored; shows how far it is. */
export async function feedFiles(
  files: readonly string[],
  settings: Settings,
  session: Session,
  { speed, stdin, interrupted }: FeedOptions,
): Promise<Fed> {
  const leaving = new AbortController();
  try {
    const started = performance.now();
    const running = await startRunning(settings, session, createMetrics(), { watched: speed !== undefined });
    const progress = progressLine();
    const onProgress = (fed: {
      records: number;
      bytes: number;
      totalBytes: number | undefined;
      at?: number | undefined;
    }) => {
      const share = fed.totalBytes ? ` ${Math.round((100 * fed.bytes) / fed.totalBytes)} %` : "";
      const at = fed.at === undefined ? "" : ` · ${new Date(fed.at).toISOString().slice(0, 16)}`;
      progress.show(`replay${share} · ${fed.records} in · ${running.records()} through${at}`);
    };
    const feeding = replay(files, session.log, {
      ...(speed !== undefined && { speed }),
      ...(stdin && { stdin }),
      clock: Date.now,
      sleep: pause,
      signal: leaving.signal,
      onProgress,
    });
    const counts = await Promise.race([feeding, interrupted, running.pipeline.done.then(neverEnds)]);
    progress.show(`replay · ${counts.records} in · working through the rest`);
    await Promise.race([running.pipeline.settled(), interrupted, running.pipeline.done]);
    const seconds = (performance.now() - started) / 1000;
    await running.pipeline.stop();
    progress.end();
    return { running, counts, seconds };
  } finally {
    leaving.abort();
  }
}

export const pause = async (ms: number, signal?: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal });
};

export function neverEnds(): never {
  throw new Error("the pipeline ended before its input did");
}
