import type { KafkaMessage } from "kafkajs";
import type { LogRecord, Position, TopicPartition } from "../port.ts";
import { KafkaLogError } from "./errors.ts";

export interface Bounds {
  /** First offset that is still there. */
  readonly low: number;
  /** Next offset to be written. */
  readonly high: number;
}

/** By partition. */
export type BoundsOf = (topic: string) => Promise<readonly Bounds[]>;

export type Warn = (message: string, detail: Readonly<Record<string, unknown>>) => void;

/** A partition in hand. */
export interface Place extends TopicPartition {
  /** Next offset that `onBatch` is to see. */
  next: number;
  /** Of the assignment it came with: what came with an older one is not ours any more. */
  readonly epoch: number;
  soughtAgain: boolean;
  inHand: Promise<void> | undefined;
}

/**
 * Where to begin in each partition: where it is wanted, else at the first record that is left.
 * @throws RangeError when a wanted place is not in the log
 */
export async function locate(
  epoch: number,
  partitions: readonly TopicPartition[],
  wanted: readonly Position[],
  bounds: BoundsOf,
  warn: Warn,
): Promise<Place[]> {
  const offsets = new Map(wanted.map((position) => [nameOf(position), position.offset]));
  const known = new Map<string, readonly Bounds[]>();
  for (const topic of new Set(partitions.map((p) => p.topic))) known.set(topic, await bounds(topic));
  return partitions.map(({ topic, partition }) => {
    const { low, high } = boundsIn(known.get(topic), topic, partition);
    const offset = offsets.get(nameOf({ topic, partition }));
    if (offset === undefined && low > 0) {
      warn("no place to read on is known and the first records are gone: reading what is left", {
        topic,
        partition,
        low,
      });
    }
    const next = offset ?? low;
    checkWithin({ topic, partition, next }, { low, high });
    return { topic, partition, next, epoch, soughtAgain: false, inHand: undefined };
  });
}

/** @throws RangeError when the place is not, or no longer, in the log */
export async function checkThere(place: Place, bounds: BoundsOf): Promise<void> {
  checkWithin(place, boundsIn(await bounds(place.topic), place.topic, place.partition));
}

function boundsIn(bounds: readonly Bounds[] | undefined, topic: string, partition: number): Bounds {
  const found = bounds?.[partition];
  if (found === undefined)
    throw new KafkaLogError(`${topic}/${partition}: expected a partition of the topic, got none`);
  return found;
}

function checkWithin(
  { topic, partition, next }: Pick<Place, "topic" | "partition" | "next">,
  { low, high }: Bounds,
): void {
  if (Number.isSafeInteger(next) && next >= low && next <= high) return;
  throw new RangeError(`${topic}/${partition}: expected to read on at ${low}..${high}, got ${next}`);
}

export function recordOf({ offset, timestamp, key, value }: KafkaMessage): LogRecord {
  return {
    offset: Number(offset),
    appendedAt: Number(timestamp),
    key: key === null ? null : key.toString(),
    value: value ?? Buffer.alloc(0),
  };
}

export const nameOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
