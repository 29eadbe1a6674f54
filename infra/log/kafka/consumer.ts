import type { Consumer as Client, EachBatchPayload, Kafka } from "kafkajs";
import type { ConsumeOptions, Consumer, Hold, Position, TopicPartition } from "../port.ts";
import { isRebalance, KafkaLogError } from "./errors.ts";
import { pause, recordOf } from "./record.ts";
import { startWatchdog } from "./watchdog.ts";

export interface Bounds {
  /** First offset that is still there. */
  readonly low: number;
  /** Next offset to be written. */
  readonly high: number;
}

export interface ConsumerTuning {
  /** By partition. */
  readonly bounds: (topic: string) => Promise<readonly Bounds[]>;
  readonly sessionTimeoutMs: number;
  readonly noProgressMs: number;
  readonly warn: (message: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** A partition in hand. */
export interface Place extends TopicPartition {
  /** Next offset that `onBatch` is to see. */
  next: number;
  /** Of the assignment it came with: what came with an older one is not ours any more. */
  readonly epoch: number;
  soughtAgain: boolean;
  /** Somebody else has to get further first. */
  holding: boolean;
  inHand: Promise<void> | undefined;
}

const DEFAULT_MAX_RECORDS = 5000;
const CONCURRENT_PARTITIONS = 4;
// A fetch returns at once when there is something; this is how long an idle one waits, and how soon an assignment starts.
const IDLE_MS = 250;
const LAST_WORDS_MS = 5000;

/**
 * Consumes with kafkajs. It starts at committed offsets and may have a fetch under way when it is told another place, so
 * partitions are paused until their place is known, and every batch is held against the offset that is next.
 */
export async function startConsumer(kafka: Kafka, options: ConsumeOptions, tuning: ConsumerTuning): Promise<Consumer> {
  const { group, topics, assigned, revoked, onBatch, maxRecords = DEFAULT_MAX_RECORDS } = options;
  const heartbeatMs = Math.max(100, Math.floor(tuning.sessionTimeoutMs / 30));
  const client = kafka.consumer({
    groupId: group,
    sessionTimeout: tuning.sessionTimeoutMs,
    rebalanceTimeout: Math.max(60_000, tuning.sessionTimeoutMs),
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: IDLE_MS,
    allowAutoTopicCreation: false,
  });
  const held = new Map<string, Place>();
  let epoch = 0;
  let ending = false;
  let over = false;
  // Assignments follow each other: what was held is given back before the next is asked for.
  let transition: Promise<void> = Promise.resolve();
  let resolveDone: () => void = () => undefined;
  let rejectDone: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    resolveDone = resolve;
    rejectDone = reject;
  });
  done.catch(() => undefined);

  let lastWords: Promise<void> | undefined;
  function die(error: unknown): void {
    if (over) return;
    over = true;
    ending = true;
    watchdog.stop();
    // Leaving the group lets others go on soon; a broker that does not answer must not keep us from saying so.
    lastWords = Promise.race([disconnect(), deadline(LAST_WORDS_MS)]).then(() => rejectDone(error));
  }

  const disconnect = () => client.disconnect().catch(() => undefined);

  const watchdog = startWatchdog({
    limitMs: tuning.noProgressMs,
    places: () => [...held.values()].filter(({ holding }) => !holding),
    bounds: tuning.bounds,
    die,
  });

  async function giveBack(): Promise<void> {
    const places = [...held.values()];
    if (places.length === 0) return;
    await Promise.all(places.map((place) => place.inHand));
    held.clear();
    await revoked(places.map(({ topic, partition }) => ({ topic, partition })));
  }

  async function takeOver(mine: number, partitions: readonly TopicPartition[]): Promise<void> {
    await giveBack();
    if (mine !== epoch || ending || partitions.length === 0) return;
    const wanted = await assigned(partitions);
    const places = await locate(mine, partitions, wanted);
    if (mine !== epoch) return revoked(partitions);
    for (const place of places) held.set(nameOf(place), place);
    if (ending) return;
    for (const place of places) seek(place);
    resume(places);
  }

  async function locate(
    mine: number,
    partitions: readonly TopicPartition[],
    wanted: readonly Position[],
  ): Promise<Place[]> {
    const offsets = new Map(wanted.map((position) => [nameOf(position), position.offset]));
    const bounds = new Map<string, readonly Bounds[]>();
    for (const topic of new Set(partitions.map((p) => p.topic))) bounds.set(topic, await tuning.bounds(topic));
    return partitions.map(({ topic, partition }) => {
      const { low, high } = boundsOf(bounds.get(topic), topic, partition);
      const offset = offsets.get(nameOf({ topic, partition }));
      if (offset === undefined && low > 0) {
        tuning.warn("no place to read on is known and the first records are gone: reading what is left", {
          topic,
          partition,
          low,
        });
      }
      const next = offset ?? low;
      checkWithin(topic, partition, next, { low, high });
      return { topic, partition, next, epoch: mine, soughtAgain: false, holding: false, inHand: undefined };
    });
  }

  function seek({ topic, partition, next }: Place): void {
    ignoringDisconnected(() => client.seek({ topic, partition, offset: String(next) }));
  }

  function resume(partitions: readonly TopicPartition[]): void {
    ignoringDisconnected(() =>
      client.resume(partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }))),
    );
  }

  function change(step: () => Promise<void>): void {
    transition = transition.then(step).catch(die);
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = payload.batch;
    const place = held.get(nameOf({ topic, partition }));
    if (place === undefined || place.epoch !== epoch || ending) return;
    // Nothing is thrown from here: kafkajs would hand out the same batch again, and the consumer is to die.
    place.inHand = deliver(place, payload).catch(die);
    await place.inHand;
    place.inHand = undefined;
  }

  async function deliver(place: Place, payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = place;
    const messages = payload.batch.messages.filter((message) => Number(message.offset) >= place.next);
    const first = messages[0];
    if (first === undefined || Number(first.offset) !== place.next) {
      const { low, high } = boundsOf(await tuning.bounds(topic), topic, partition);
      checkWithin(topic, partition, place.next, { low, high });
      // Once more from the right place; if that begins later too, what lies between are not records (transaction marks).
      if (!place.soughtAgain || first === undefined) {
        place.soughtAgain = true;
        seek(place);
        return;
      }
    }
    place.soughtAgain = false;
    const end = Number(payload.batch.highWatermark);
    const beat = setInterval(() => void payload.heartbeat().catch(() => undefined), heartbeatMs);
    try {
      for (let from = 0; from < messages.length; from += maxRecords) {
        if (ending || place.epoch !== epoch) return;
        const records = messages.slice(from, from + maxRecords).map(recordOf);
        const hold = await onBatch({ topic, partition, records, end: Math.max(end, place.next + 1) });
        place.next = hold ? hold.next : (records.at(-1)?.offset ?? place.next) + 1;
        watchdog.moved(place);
        payload.resolveOffset(String(place.next - 1));
        if (hold) return keep(place, hold);
      }
    } finally {
      clearInterval(beat);
    }
  }

  /** One fetch serves all partitions: a call that waited here would stop those it waits for. */
  function keep(place: Place, { until }: Hold): void {
    place.holding = true;
    pause(client, [place]);
    const goOn = () => {
      place.holding = false;
      watchdog.moved(place);
      if (held.get(nameOf(place)) !== place || place.epoch !== epoch || ending) return;
      seek(place);
      resume([place]);
    };
    until.then(goOn).catch((error: unknown) => die(error));
  }

  const { GROUP_JOIN, REBALANCING, CRASH, HEARTBEAT, FETCH } = client.events;
  client.on(HEARTBEAT, watchdog.contact);
  client.on(FETCH, watchdog.contact);
  client.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    epoch += 1;
    const mine = epoch;
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    // In the same tick, so that no fetch of this assignment begins before its places are known.
    pause(client, partitions);
    change(() => takeOver(mine, partitions));
  });
  client.on(REBALANCING, () => {
    epoch += 1;
    change(giveBack);
  });
  client.on(CRASH, ({ payload: { error, restart } }) => {
    epoch += 1;
    if (restart) change(giveBack);
    else die(new KafkaLogError(`consumer of group ${group} died: ${error.message}`, { cause: error }));
  });

  try {
    await client.connect();
    await client.subscribe({ topics: [...topics], fromBeginning: true });
    await client.run({
      eachBatch,
      eachBatchAutoResolve: false,
      autoCommit: false,
      partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
    });
  } catch (error) {
    watchdog.stop();
    await disconnect();
    throw error;
  }

  return {
    done,
    async commit(positions) {
      const mine = positions.filter((position) => held.has(nameOf(position)));
      if (mine.length === 0 || ending) return;
      try {
        await client.commitOffsets(
          mine.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
        );
      } catch (error) {
        // Somebody else has the partition now and says for itself what is stored.
        if (!isRebalance(error)) throw error;
      }
    },
    async stop() {
      ending = true;
      if (over) return lastWords;
      await transition;
      try {
        await giveBack();
      } catch (error) {
        die(error);
        throw error;
      }
      if (over) return lastWords;
      over = true;
      watchdog.stop();
      await disconnect();
      resolveDone();
    },
  };
}

/** Between a crash and the new start there is no group to seek in; the new start brings a new assignment. */
function ignoringDisconnected(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error && error.name === "KafkaJSNonRetriableError")) throw error;
  }
}

function boundsOf(bounds: readonly Bounds[] | undefined, topic: string, partition: number): Bounds {
  const found = bounds?.[partition];
  if (found === undefined)
    throw new KafkaLogError(`${topic}/${partition}: expected a partition of the topic, got none`);
  return found;
}

function checkWithin(topic: string, partition: number, offset: number, { low, high }: Bounds): void {
  if (Number.isSafeInteger(offset) && offset >= low && offset <= high) return;
  throw new RangeError(`${topic}/${partition}: expected to read on at ${low}..${high}, got ${offset}`);
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function deadline(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
