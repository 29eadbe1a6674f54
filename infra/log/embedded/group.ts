import type { ConsumeOptions, Consumer, TopicPartition } from "../port.ts";
import type { PartitionLog } from "./partition-log.ts";
import { type Pump, startPump } from "./pump.ts";

/** The consumers of this process that share the partitions of their topics under one name. */
export interface Group {
  join(options: ConsumeOptions): Promise<Consumer>;
  close(): Promise<void>;
}

interface Held {
  readonly partition: TopicPartition;
  readonly pump: Pump;
}

interface Member {
  readonly options: ConsumeOptions;
  readonly held: Map<string, Held>;
  readonly die: (error: unknown) => void;
}

const DEFAULT_MAX_RECORDS = 5000;

/** @param partitionLogs the partitions of a topic, in order; throws for an unknown topic */
export function createGroup(partitionLogs: (topic: string) => readonly PartitionLog[]): Group {
  const members: Member[] = [];
  const consumers = new Set<Consumer>();
  // Joining, leaving and dying change who holds what: one change at a time.
  let changes: Promise<void> = Promise.resolve();

  function change(step: () => Promise<void>): Promise<void> {
    const done = changes.then(step);
    changes = done.catch(() => undefined);
    return done;
  }

  async function rebalance(): Promise<void> {
    const target = share(members, partitionLogs);
    await Promise.all(members.map((member) => takeAway(member, target.get(member) ?? new Map())));
    await Promise.all(members.map((member) => give(member, target.get(member) ?? new Map())));
  }

  async function takeAway(member: Member, keep: ReadonlyMap<string, TopicPartition>): Promise<void> {
    const lost = [...member.held].filter(([name]) => !keep.has(name));
    if (lost.length === 0) return;
    await Promise.all(lost.map(([, { pump }]) => pump.stop()));
    for (const [name] of lost) member.held.delete(name);
    try {
      await member.options.revoked(lost.map(([, { partition }]) => partition));
    } catch (error) {
      member.die(error);
    }
  }

  async function give(member: Member, target: ReadonlyMap<string, TopicPartition>): Promise<void> {
    const gained = [...target].filter(([name]) => !member.held.has(name));
    if (gained.length === 0 || !members.includes(member)) return;
    const { assigned, onBatch, maxRecords = DEFAULT_MAX_RECORDS } = member.options;
    try {
      const positions = await assigned(gained.map(([, partition]) => partition));
      const from = new Map(positions.map((position) => [nameOf(position), position.offset]));
      for (const [name, partition] of gained) {
        const log = partitionLogs(partition.topic)[partition.partition];
        if (log === undefined) throw new RangeError(`${name}: expected a partition of the topic, got none`);
        const pump = startPump(log, partition, from.get(name) ?? 0, maxRecords, onBatch);
        pump.done.catch(member.die);
        member.held.set(name, { partition, pump });
      }
    } catch (error) {
      member.die(error);
    }
  }

  async function drop(member: Member): Promise<void> {
    members.splice(members.indexOf(member), 1);
    await Promise.all([...member.held.values()].map(({ pump }) => pump.stop()));
  }

  return {
    async join(options) {
      checkOptions(options);
      for (const topic of options.topics) partitionLogs(topic);
      const { promise: done, resolve, reject } = promiseParts();
      // Whoever does not look at `done` is told by the consumer standing still, not by the process ending.
      done.catch(() => undefined);
      let over = false;
      const member: Member = {
        options,
        held: new Map(),
        die(error) {
          if (over) return;
          over = true;
          reject(error);
          consumers.delete(consumer);
          void change(async () => {
            await drop(member);
            await rebalance();
          });
        },
      };
      const consumer: Consumer = {
        done,
        // Nobody outside of this process could look at it: what is stored is what `assigned` says.
        commit: async () => undefined,
        stop: () =>
          change(async () => {
            if (over) return;
            await takeAway(member, new Map());
            if (over) return;
            over = true;
            await drop(member);
            consumers.delete(consumer);
            resolve();
            await rebalance();
          }),
      };
      await change(async () => {
        members.push(member);
        consumers.add(consumer);
        await rebalance();
      });
      return consumer;
    },
    async close() {
      await Promise.all([...consumers].map((consumer) => consumer.stop()));
      await changes;
    },
  };
}

/** Deals the partitions out in turn to the members that want their topic. */
function share(
  members: readonly Member[],
  partitionLogs: (topic: string) => readonly PartitionLog[],
): Map<Member, Map<string, TopicPartition>> {
  const shares = new Map<Member, Map<string, TopicPartition>>(members.map((member) => [member, new Map()]));
  const topics = new Set(members.flatMap((member) => member.options.topics));
  for (const topic of [...topics].sort()) {
    const wanting = members.filter((member) => member.options.topics.includes(topic));
    for (const partition of partitionLogs(topic).keys()) {
      const owner = wanting[partition % wanting.length];
      if (owner !== undefined) shares.get(owner)?.set(nameOf({ topic, partition }), { topic, partition });
    }
  }
  return shares;
}

function checkOptions({ group, topics, maxRecords = DEFAULT_MAX_RECORDS }: ConsumeOptions): void {
  if (group === "") throw new RangeError("group: expected a name, got an empty one");
  if (topics.length === 0) throw new RangeError("topics: expected at least one, got none");
  if (!Number.isInteger(maxRecords) || maxRecords < 1) {
    throw new RangeError(`maxRecords: expected a whole number of 1 or more, got ${maxRecords}`);
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function promiseParts() {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
