import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { KafkaLogError } from "./errors.ts";
import type { BoundsOf, Place } from "./places.ts";

export interface Watchdog {
  /** The broker answered. */
  readonly contact: () => void;
  readonly moved: (place: Place) => void;
  stop(): void;
}

export interface Watched {
  readonly limitMs: number;
  readonly places: () => readonly Place[];
  readonly bounds: BoundsOf;
  /** @param again  whether a new member of the group may do better */
  readonly die: (error: unknown, again: boolean) => void;
}

/**
 * Ends a consumer that stands still: a partition that has more to read and did not move, or, with none in hand, a broker
 * that does not answer. kafkajs has been seen fetching forever without handing anything out.
 */
export function startWatchdog({ limitMs, places, bounds, die }: Watched): Watchdog {
  let heard = performance.now();
  const movedAt = new WeakMap<Place, number>();
  let looking = false;

  async function look(): Promise<void> {
    const now = performance.now();
    const held = places();
    if (held.length === 0) {
      if (now - heard > limitMs)
        die(new KafkaLogError(`expected a word from the broker within ${limitMs} ms, got none`), true);
      return;
    }
    for (const place of held) if (!movedAt.has(place)) movedAt.set(place, now);
    const still = held.filter((place) => now - (movedAt.get(place) ?? now) > limitMs);
    for (const topic of new Set(held.map((place) => place.topic))) {
      // A broker that does not answer counts as standing still.
      const known = await Promise.race([
        bounds(topic).catch(() => undefined),
        sleep(limitMs, undefined, { ref: false }),
      ]);
      for (const place of held) {
        if (place.topic === topic && place.next === known?.[place.partition]?.high) movedAt.set(place, now);
      }
    }
    const stuck = still.find((place) => now - (movedAt.get(place) ?? now) > limitMs);
    if (stuck === undefined || !places().includes(stuck)) return;
    const where = `${stuck.topic}/${stuck.partition}`;
    const error = new KafkaLogError(
      `${where}: expected to get past offset ${stuck.next} within ${limitMs} ms, did not`,
    );
    // A batch that its owner does not finish would hold up the next member as well.
    die(error, stuck.inHand === undefined);
  }

  const timer = setInterval(
    () => {
      if (looking) return;
      looking = true;
      void look()
        .catch((error: unknown) => die(error, true))
        .finally(() => {
          looking = false;
        });
    },
    Math.min(30_000, limitMs / 4),
  );
  timer.unref();

  return {
    contact: () => {
      heard = performance.now();
    },
    moved: (place) => movedAt.set(place, performance.now()),
    stop: () => clearInterval(timer),
  };
}
