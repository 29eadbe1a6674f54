import { type EachBatchPayload, type Kafka, PartitionAssigners } from "kafkajs";
import type { ConsumeOptions, Hold, Position, TopicPartition } from "../port.ts";
import { keepingAssigner } from "./assigner.ts";
import { deadline, pause, resume, seek, turnTaker, unless } from "./client.ts";
import { isRebalance, KafkaLogError, wordsOf } from "./errors.ts";
import { type BoundsOf, checkThere, locate, nameOf, type Place, recordOf, type Warn } from "./places.ts";
import { startWatchdog } from "./watchdog.ts";

export interface ConsumerTuning {
  readonly bounds: BoundsOf;
  readonly sessionTimeoutMs: number;
  readonly noProgressMs: number;
  readonly warn: Warn;
  /** Nobody waits any more for a member that is about to join. */
  readonly stopping: AbortSignal;
}

/** How a member of the group came to its end. */
export type Ending =
  | { readonly kind: "stopped" }
  /** `again`: the client or the broker failed, and a new member may do better; nothing is in hand any more. */
  | { readonly kind: "failed"; readonly error: unknown; readonly again: boolean };

/** One life of a consumer: from joining the group until it leaves it or fails. */
export interface Member {
  readonly ended: Promise<Ending>;
  /** Whether it has handed out anything. */
  moved(): boolean;
  commit(positions: readonly Position[]): Promise<void>;
  stop(): Promise<void>;
}

const DEFAULT_MAX_RECORDS = 5000;
/** A partition waits for its own write alone; memory is bounded by what one fetch brings. */
const CONCURRENT_PARTITIONS = 64;
// A fetch returns at once when there is something; this is how long an idle one waits, and how soon an assignment starts.
const IDLE_MS = 250;
/** Of one fetch, and of a partition in it. The client keeps all of a fetch, with several objects for each record. */
const FETCH_BYTES = 4 * 1024 * 1024;
const PARTITION_BYTES = 512 * 1024;
const LAST_WORDS_MS = 5000;

/**
 * Consumes with kafkajs. It starts at committed offsets and may have a fetch under way when it is told another place, so
 * partitions are paused until their place is known, and every batch is held against the offset that is next.
 */
export async function startMember(kafka: Kafka, options: ConsumeOptions, tuning: ConsumerTuning): Promise<Member> {
  const { group, topics, maxRecords = DEFAULT_MAX_RECORDS } = options;
  const heartbeatMs = Math.max(100, Math.floor(tuning.sessionTimeoutMs / 30));
  let given: { since: number; partitions: readonly TopicPartition[] } = { since: 0, partitions: [] };
  const ending = new AbortController();
  const isEnding = () => ending.signal.aborted;
  const client = kafka.consumer({
    groupId: group,
    // The second is what a member of an older release knows: while one is there, all share that way.
    partitionAssigners: [keepingAssigner(() => given), PartitionAssigners.roundRobin],
    sessionTimeout: tuning.sessionTimeoutMs,
    rebalanceTimeout: Math.max(60_000, tuning.sessionTimeoutMs),
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: IDLE_MS,
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: PARTITION_BYTES,
    allowAutoTopicCreation: false,
    // 5 is its own. A client that was left would come back and hold partitions that nobody reads.
    retry: { retries: 5, restartOnFailure: async () => !isEnding() },
  });
  const held = new Map<string, Place>();
  let epoch = 0;
  let over = false;
  // Assignments follow each other: what was held is given back before the next is asked for.
  let transition: Promise<void> = Promise.resolve();
  const nextTurn = turnTaker();
  let moved = false;
  let resolveEnded: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => {
    resolveEnded = resolve;
  });

  /** The first error that is the owner's own: no new member helps against it. */
  let fatal: { readonly error: unknown } | undefined;
  const own =
    <A extends readonly unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        return await work(...args);
      } catch (error) {
        fatal ??= { error };
        throw error;
      }
    };
  const assigned = own(options.assigned);
  const revoked = own(options.revoked);
  const onBatch = own(options.onBatch);

  let lastWords: Promise<void> | undefined;
  /** @param again  whether a new member may do better; a place that is not in the log stays outside of it */
  function fail(error: unknown, again = !(error instanceof RangeError)): void {
    if (over) return;
    over = true;
    ending.abort();
    watchdog.stop();
    lastWords = end(error, again);
  }

  async function end(error: unknown, again: boolean): Promise<void> {
    // Who is to go on with a new member gives back what he holds first; who is not, leaves it as it is.
    const free = fatal === undefined && again && (await letGo());
    await leave();
    resolveEnded({ kind: "failed", error: fatal === undefined ? error : fatal.error, again: free });
  }

  async function letGo(): Promise<boolean> {
    const back = transition.then(giveBack).then(
      () => fatal === undefined,
      () => false,
    );
    return Promise.race([back, deadline(tuning.noProgressMs).then(() => false)]);
  }

  /** Leaving the group lets others go on soon. A broker that is away, or lets us wait for others to join, is not waited for. */
  const leave = () => Promise.race([client.disconnect().catch(() => undefined), deadline(LAST_WORDS_MS)]);

  const watchdog = startWatchdog({
    limitMs: tuning.noProgressMs,
    places: () => [...held.values()].filter(({ holding }) => !holding),
    bounds: tuning.bounds,
    die: fail,
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
    if (mine !== epoch || isEnding() || partitions.length === 0) return;
    const wanted = await assigned(partitions);
    const locating = locate(mine, partitions, wanted, tuning.bounds, tuning.warn);
    const places = await unless(ending.signal, locating).catch(async (error: unknown) => {
      // The owner has them already; whoever is told of no partition afterwards would keep what he has begun.
      await revoked(partitions);
      throw error;
    });
    if (mine !== epoch || places === undefined) return revoked(partitions);
    for (const place of places) held.set(nameOf(place), place);
    if (isEnding()) return;
    for (const place of places) seek(client, place);
    resume(client, places);
  }

  function change(step: () => Promise<void>): void {
    transition = transition.then(step).catch((error: unknown) => fail(error));
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const place = held.get(nameOf(payload.batch));
    if (place === undefined || place.epoch !== epoch || isEnding()) return;
    // Nothing is thrown from here: kafkajs would hand out the same batch again, and the consumer is to die.
    place.inHand = deliver(place, payload).catch((error: unknown) => fail(error));
    await place.inHand;
    place.inHand = undefined;
  }

  async function deliver(place: Place, payload: EachBatchPayload): Promise<void> {
    const { topic, partition } = place;
    const { messages } = payload.batch;
    let from = 0;
    while (from < messages.length && Number(messages[from]?.offset) < place.next) from++;
    const first = messages[from];
    if (first === undefined || Number(first.offset) !== place.next) {
      await checkThere(place, tuning.bounds);
      // Once more from the right place; if that begins later too, what lies between are not records (transaction marks).
      if (!place.soughtAgain || first === undefined) {
        place.soughtAgain = true;
        seek(client, place);
        return;
      }
    }
    place.soughtAgain = false;
    const end = Number(payload.batch.highWatermark);
    const beat = setInterval(() => void payload.heartbeat().catch(() => undefined), heartbeatMs);
    try {
      for (; from < messages.length; from += maxRecords) {
        // A fetch of many partitions must not hold all else up.
        await nextTurn();
        if (isEnding() || place.epoch !== epoch) return;
        const records = messages.slice(from, from + maxRecords).map(recordOf);
        const hold = await onBatch({ topic, partition, records, end: Math.max(end, place.next + 1) });
        place.next = hold ? hold.next : (records.at(-1)?.offset ?? place.next) + 1;
        moved = true;
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
      if (held.get(nameOf(place)) !== place || place.epoch !== epoch || isEnding()) return;
      seek(client, place);
      resume(client, [place]);
    };
    until.then(goOn).catch((error: unknown) => fail(error));
  }

  const { GROUP_JOIN, REBALANCING, CRASH, HEARTBEAT, FETCH } = client.events;
  client.on(HEARTBEAT, watchdog.contact);
  client.on(FETCH, watchdog.contact);
  client.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    // The client may be on its way out, and what it is given is not taken any more.
    if (isEnding()) return;
    const mine = ++epoch;
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    given = { since: Date.now(), partitions };
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
    else fail(new KafkaLogError(`consumer of group ${group} died: ${error.message}`, { cause: error }));
  });

  async function join(): Promise<true> {
    await client.connect();
    await client.subscribe({ topics: [...topics], fromBeginning: true });
    await client.run({
      eachBatch,
      eachBatchAutoResolve: false,
      autoCommit: false,
      partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
    });
    return true;
  }

  try {
    // The broker answers who joins when all others have joined too, which may be a minute.
    if (!(await unless(tuning.stopping, join())))
      throw new KafkaLogError(`group ${group}: expected to join, was stopped`);
  } catch (error) {
    ending.abort();
    watchdog.stop();
    await transition;
    await giveBack().finally(leave);
    throw error;
  }

  return {
    ended,
    moved: () => moved,
    async commit(positions) {
      const mine = positions.filter((position) => held.has(nameOf(position)));
      if (mine.length === 0 || isEnding()) return;
      try {
        await client.commitOffsets(
          mine.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
        );
      } catch (error) {
        // Somebody else has the partition now and says for itself what is stored.
        if (!isRebalance(error)) tuning.warn("positions were not committed", { group, error: wordsOf(error) });
      }
    },
    async stop() {
      ending.abort();
      if (over) return lastWords;
      await transition;
      try {
        await giveBack();
      } catch (error) {
        fail(error);
        throw error;
      }
      if (over) return lastWords;
      over = true;
      watchdog.stop();
      await leave();
      resolveEnded({ kind: "stopped" });
    },
  };
}
