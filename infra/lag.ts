import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "./log/port.ts";

/** How often the ends of the topics are looked at, ms: what a consumer that stands still does not tell. */
const LOOK_MS = 10_000;

export interface LagWatch {
  stop(): Promise<void>;
}

/** Looks how far the topics are written, so that their lag is known while nobody reads. */
export function watchLag(
  log: Pick<Log, "ends">,
  topics: readonly string[],
  onEnds: (topic: string, ends: readonly number[]) => void,
  onFailure: (error: unknown) => void,
): LagWatch {
  const ending = new AbortController();
  async function loop(): Promise<void> {
    while (!ending.signal.aborted) {
      for (const topic of topics) await log.ends(topic).then((ends) => onEnds(topic, ends), onFailure);
      await sleep(LOOK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
    }
  }
  const done = loop();
  return {
    async stop() {
      ending.abort();
      await done;
    },
  };
}

/** How long the oldest record that one process has not read of one partition has waited. */
export class Lag {
  #next = 0;
  #end = 0;
  /** No unread record is older than this, ms of wall clock. */
  #notBefore = Number.NEGATIVE_INFINITY;

  /**
   * A batch was done.
   * @param appendedAt  of its last record, ms: what follows it was appended later
   */
  read(next: number, end: number, appendedAt: number, now: number): void {
    this.#next = Math.max(this.#next, next);
    this.#notBefore = Math.max(this.#notBefore, appendedAt);
    this.ends(end, now);
  }

  /** The partition is known to be written up to `end`. */
  ends(end: number, now: number): void {
    this.#end = Math.max(this.#end, end);
    if (this.#next >= this.#end) this.#notBefore = Math.max(this.#notBefore, now);
  }

  /** Age of the oldest unread record in ms, at most this; 0 when there is none as far as is known. */
  ms(now: number): number {
    return this.#next >= this.#end ? 0 : Math.max(0, now - this.#notBefore);
  }
}
