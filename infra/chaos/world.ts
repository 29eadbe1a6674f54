import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TOPOLOGY } from "../../processors/topology.ts";
import { type Broker, startBroker } from "../log/broker.ts";
import { openKafkaLog } from "../log/kafka.ts";
import type { Log } from "../log/port.ts";
import { ensureTopics } from "../pipeline.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/port.ts";
import type { Feed } from "./feed.ts";
import { createInstance, type Instance } from "./instance.ts";
import { openReceiver, type Receiver } from "./receiver.ts";
import { type StoreServer, startStoreServer } from "./server.ts";

export const PARTITIONS = 4;
export const SESSION_MS = 2000;
export const DISORDER_MS = 10 * 60_000;
/** Every process, and no door: an idle door would let the wall clock into a story of another year. */
const ROLES = TOPOLOGY.map(({ name }) => name).join(",");
const SECRET = "a secret for trials only";

/** Everything that can be disturbed. */
export interface World {
  readonly dir: string;
  readonly broker: Broker;
  readonly server: StoreServer;
  readonly receiver: Receiver;
  readonly instances: readonly Instance[];
  /** Past all disturbances. */
  readonly log: Log;
  readonly store: Store;
  /** What should not have happened, whatever the rows say. */
  readonly problems: string[];
  readonly say: (text: string) => void;
  feed: Feed | undefined;
  close(): Promise<void>;
}

/** Settings of a pipeline under trial, but for where its log and store are. */
export function settingsOf(dir: string, receiver: Receiver): Record<string, string> {
  return {
    TOCSIN_POLICY: join(dir, "policy.yml"),
    TOCSIN_PARTITIONS: String(PARTITIONS),
    TOCSIN_CHECKPOINT_EVERY: "700ms",
    TOCSIN_WEBHOOK_URL: receiver.url,
    TOCSIN_WEBHOOK_SECRET: SECRET,
    TOCSIN_WEBHOOK_TIMEOUT: "1s",
    TOCSIN_LOG_LEVEL: "warn",
    KAFKA_SESSION_TIMEOUT: `${SESSION_MS}ms`,
    KAFKA_NO_PROGRESS: "20s",
  };
}

export async function writePolicy(dir: string): Promise<void> {
  await writeFile(join(dir, "policy.yml"), `disorder: ${DISORDER_MS / 60_000}m\n`);
}

export async function createWorld(dir: string, say: (text: string) => void): Promise<World> {
  await mkdir(dir, { recursive: true });
  await writePolicy(dir);
  const [broker, server] = await Promise.all([
    startBroker(),
    startStoreServer(join(dir, "store"), join(dir, "store.log")),
  ]);
  const receiver = await openReceiver();
  const problems: string[] = [];
  const env = { ...settingsOf(dir, receiver), KAFKA_BROKERS: broker.brokers.join(",") };
  const onExit = (name: string, end: unknown) => say(`  ${name} ended with ${end}, and is started again`);
  const instances = await Promise.all(
    ["a", "b"].map((name) =>
      createInstance({
        name,
        env,
        roles: ROLES,
        store: () => server.url,
        output: join(dir, `${name}.log`),
        onExit,
      }),
    ),
  );
  const log = await openKafkaLog({ brokers: broker.brokers, logger: () => {}, sessionTimeoutMs: 6000 });
  await ensureTopics(log, PARTITIONS);
  const store = await openStore({ url: server.url });
  return {
    dir,
    broker,
    server,
    receiver,
    instances,
    log,
    store,
    problems,
    say,
    feed: undefined,
    async close() {
      await Promise.all(instances.map((instance) => instance.close()));
      await store.close();
      await log.close().catch(() => undefined);
      await server.stop();
      await broker.stop();
      await receiver.close();
    },
  };
}
