import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../ingest/demo/random.ts";
import type { Log } from "../log/port.ts";
import { disordered, type Item } from "./input.ts";

/** Brings the input into the log, in order, however long the log refuses. */
export interface Feed {
  /** Has the next step appended; in another order within the disorder when a source of chance is given. */
  next(exchange?: Random): void;
  /** Has the last steps appended once more. */
  again(steps: number): void;
  /** Steps that were not asked for yet. */
  left(): number;
  /** Resolves when all that was asked for is in the log. */
  done(): Promise<void>;
}

export function createFeed(log: Log, steps: readonly (readonly Item[])[], disorder: number): Feed {
  let taken = 0;
  let queue: Promise<void> = Promise.resolve();

  const send = (items: readonly Item[]) => {
    queue = queue.then(async () => {
      for (const topic of new Set(items.map((item) => item.topic))) {
        const ofTopic = items.filter((item) => item.topic === topic);
        await persist(log, topic, ofTopic);
      }
    });
  };

  return {
    next(exchange) {
      const step = steps[taken];
      if (step === undefined) return;
      taken += 1;
      send(exchange === undefined ? step : disordered(step, disorder, exchange));
    },
    again(count) {
      for (const step of steps.slice(Math.max(0, taken - count), taken)) send(step);
    },
    left: () => steps.length - taken,
    done: () => queue,
  };
}

/** What an append that failed left in the log comes once more: another redelivery. */
async function persist(log: Log, topic: string, items: readonly Item[]): Promise<void> {
  const entries = items.map(({ key, value, partition }) => ({ key, value: Buffer.from(value), partition }));
  for (;;) {
    try {
      await log.append(topic, entries);
      return;
    } catch {
      await sleep(500);
    }
  }
}
