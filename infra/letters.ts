import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { removeLetters } from "../processors/record/retention.ts";
import type { Store } from "./store/port.ts";

const EVERY_MS = 3_600_000;

/**
 * Removes dead letters that are too old, now and once an hour. A store that refuses is asked again an hour later.
 * @param keep  ms
 */
export function watchLetters(
  store: Store,
  keep: number,
  clock: () => number,
  logger: Pick<Logger, "info" | "warn">,
): { stop(): Promise<void> } {
  const ending = new AbortController();
  const loop = async () => {
    while (!ending.signal.aborted) {
      try {
        const removed = await removeLetters(store, clock() - keep, clock());
        if (removed > 0) logger.info({ removed }, "DeadLettersRemoved");
      } catch (err) {
        logger.warn({ err }, "DeadLettersNotRemoved");
      }
      await sleep(EVERY_MS, undefined, { signal: ending.signal }).catch(() => {});
    }
  };
  const done = loop();
  return {
    async stop() {
      ending.abort();
      await done;
    },
  };
}
