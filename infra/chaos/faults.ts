import { mix, pick, type Random, random } from "../../ingest/demo/random.ts";

/** What is done to a running pipeline, each with its share of the faults. */
export const FAULTS = {
  killed: { share: 4, does: "kill -9 of an instance at any moment" },
  killedInBatch: { share: 4, does: "kill -9 while facts and findings of a batch go into the store" },
  killedBeforeCommit: { share: 4, does: "kill -9 when rows are stored and the offset is not committed" },
  killedInCheckpoint: { share: 4, does: "kill -9 while a checkpoint is written" },
  killedInStep: { share: 4, does: "kill -9 while a process that reads tables writes what it decided" },
  killedInMigration: { share: 1, does: "kill -9 in the middle of a migration" },
  frozen: { share: 2, does: "an instance stands still until others have its partitions, then goes on" },
  instanceMoved: { share: 3, does: "an instance is added, or told to end: partitions move" },
  brokerKilled: { share: 1, does: "kill -9 of the broker, and a new start" },
  brokerRestarted: { share: 1, does: "the broker ends in order, and starts" },
  brokerPaused: { share: 2, does: "the broker stands still for a while" },
  redelivered: { share: 4, does: "batches that were delivered are delivered again" },
  offsetsReset: { share: 1, does: "the committed offsets of all groups are set back to the beginning" },
  shuffled: { share: 4, does: "records come in another order, within the allowed disorder" },
  storeRefuses: { share: 4, does: "the store refuses, or hangs up" },
  storeSlow: { share: 3, does: "the store answers slowly" },
  storeFull: { share: 3, does: "the store's disk quota is used up" },
  storeMute: { share: 3, does: "the store does what it is told, and the answer is lost" },
  storeKilled: { share: 2, does: "kill -9 of the store, and a new start" },
  webhookMute: { share: 4, does: "the receiver acts, and does not answer" },
} as const satisfies Readonly<Record<string, { readonly share: number; readonly does: string }>>;

export type FaultKind = keyof typeof FAULTS;

export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export interface Fault {
  readonly kind: FaultKind;
  /** Of its own: what a fault draws does not move the faults behind it. */
  readonly random: Random;
}

/**
 * A schedule of faults: the same seed gives the same one.
 * @param count  whole, at least 0
 * @param kinds  to choose from; the first faults of a long enough schedule are one of each
 */
export function schedule(count: number, seed: number, kinds: readonly FaultKind[]): Fault[] {
  const r = random(mix(seed, 77));
  const deck = shuffled(kinds, r);
  const weighted = kinds.flatMap((kind) => Array<FaultKind>(FAULTS[kind].share).fill(kind));
  return Array.from({ length: count }, (_, index) => ({
    kind: deck[index] ?? pick(r, weighted),
    random: random(mix(seed, 1000 + index)),
  }));
}

export function shuffled<T>(items: readonly T[], r: Random): T[] {
  const keyed = items.map((item) => ({ item, key: r() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}
