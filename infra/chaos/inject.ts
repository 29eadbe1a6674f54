import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { between, chance, pick, type Random, whole } from "../../ingest/demo/random.ts";
import type { FaultKind } from "./faults.ts";
import { type Fate, PASS, type Statement } from "./gate.ts";
import type { Instance } from "./instance.ts";
import { killInMigration } from "./migration.ts";
import { SESSION_MS, type World } from "./world.ts";

/** How long a moment that was asked for may not come before the fault happens at any moment. */
const PATIENCE_MS = 4000;
/** What SIGTERM promises, ms. */
const DRAIN_MS = 10_000;

const FACTS = ["order_events", "complaint_events", "context_events", "finding_changes", "dead_letters"];
const STREAMS = [...FACTS, "progress", "checkpoints", "schema_migrations", "schema_snapshots"];

type Inject = (world: World, r: Random) => Promise<void>;

const running = ({ instances }: World): Instance[] => instances.filter((instance) => instance.running());

/** Each returns when the fault has happened; those that last may last beyond it. */
export const INJECT: Readonly<Record<FaultKind, Inject>> = {
  async killed(world, r) {
    await sleep(between(r, 0, 1500));
    pick(r, running(world)).kill();
  },
  killedInBatch: (world, r) => killAt(world, r, ({ insert = "" }) => FACTS.includes(insert)),
  killedBeforeCommit: (world, r) => killAt(world, r, ({ insert }) => insert === "progress", "after"),
  killedInCheckpoint: (world, r) => killAt(world, r, ({ insert }) => insert === "checkpoints"),
  killedInStep: (world, r) => killAt(world, r, ({ insert }) => insert !== undefined && !STREAMS.includes(insert)),
  killedInMigration: killInMigration,
  async frozen(world, r) {
    const instance = pick(r, running(world));
    instance.freeze();
    await sleep(SESSION_MS + between(r, 200, 2500));
    instance.thaw();
  },
  async instanceMoved(world) {
    const second = world.instances[1];
    if (second === undefined) return;
    if (!second.running()) return second.start();
    const { end, ms } = await second.stop();
    if (ms > DRAIN_MS + 1000)
      world.problems.push(`SIGTERM: expected an end within ${DRAIN_MS} ms, got one after ${ms}`);
    // One that is told while it starts has nothing to drain, and ends by the signal itself.
    if (end !== 0 && end !== "SIGTERM") world.say(`  told to end, ${second.name} ended with ${end}`);
  },
  async brokerKilled({ broker }) {
    await broker.kill();
    await broker.start();
  },
  brokerRestarted: ({ broker }) => broker.restart(),
  async brokerPaused({ broker }, r) {
    broker.pause();
    await sleep(between(r, 300, 1.6 * SESSION_MS));
    broker.resume();
  },
  async redelivered({ feed }, r) {
    feed?.again(whole(r, 1, 4));
  },
  async offsetsReset(world) {
    const were = running(world);
    await Promise.all(were.map((instance) => instance.halt()));
    await sleep(SESSION_MS + 500);
    await resetOffsets(world);
    for (const instance of were) instance.start();
  },
  async shuffled({ feed }, r) {
    for (let steps = whole(r, 1, 3); steps > 0; steps--) feed?.next(r);
  },
  storeRefuses: (world, r) => {
    const busy: Fate = { kind: "refuse", code: 202, name: "TOO_MANY_SIMULTANEOUS_QUERIES" };
    const memory: Fate = { kind: "refuse", code: 241, name: "MEMORY_LIMIT_EXCEEDED" };
    return meanwhile(world, r, () => (chance(r, 0.7) ? pick(r, [{ kind: "hangUp" }, busy, memory]) : PASS));
  },
  storeSlow: (world, r) => meanwhile(world, r, () => ({ kind: "slow", ms: between(r, 50, 900) })),
  storeFull: (world, r) => {
    const full: Fate = { kind: "refuse", code: 243, name: "NOT_ENOUGH_SPACE" };
    return meanwhile(world, r, ({ insert }) => (insert === undefined ? PASS : full));
  },
  storeMute: (world, r) =>
    meanwhile(world, r, ({ insert }) => (insert !== undefined && chance(r, 0.5) ? { kind: "mute" } : PASS)),
  storeKilled: ({ server }) => server.crash(),
  async webhookMute({ receiver }, r) {
    receiver.behave(pick(r, ["mute", "hangUp", "refuse"]));
    void sleep(between(r, 1000, 4000)).then(() => receiver.behave("answer"));
  },
};

async function killAt(
  world: World,
  r: Random,
  wanted: (statement: Statement) => boolean,
  when: "before" | "after" = pick(r, ["before", "after"]),
): Promise<void> {
  const candidates = running(world);
  // Not always the first that comes by.
  let pass = whole(r, 0, 2);
  const nth = (statement: Statement) => wanted(statement) && pass-- <= 0;
  const caught = await Promise.race(
    candidates.map(async (instance) => ((await instance.gate.catch(nth, when, PATIENCE_MS)) ? instance : undefined)),
  );
  for (const { gate } of candidates) gate.release();
  (caught ?? pick(r, candidates)).kill();
}

/** The store behaves so towards every instance, for a while; it returns when the while is over. */
async function meanwhile({ instances }: World, r: Random, fate: (statement: Statement) => Fate): Promise<void> {
  for (const { gate } of instances) gate.fate(fate);
  await sleep(between(r, 400, 2500));
  for (const { gate } of instances) gate.fate(() => PASS);
}

async function resetOffsets({ broker, say }: World): Promise<void> {
  const admin = new Kafka({ brokers: broker.brokers, logLevel: logLevel.NOTHING }).admin();
  try {
    await admin.connect();
    const { groups } = await admin.listGroups();
    for (const { groupId } of groups) {
      for (const { topic } of await admin.fetchOffsets({ groupId })) {
        await admin.resetOffsets({ groupId, topic, earliest: true });
      }
    }
  } catch (error) {
    say(`  offsets were not all reset: ${error instanceof Error ? error.message : error}`);
  } finally {
    await admin.disconnect();
  }
}
