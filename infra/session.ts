import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SASLOptions } from "kafkajs";
import type { Logger } from "pino";
import type { Settings } from "./config/settings.ts";
import { openEmbeddedLog } from "./log/embedded.ts";
import type { LogLine } from "./log/kafka/options.ts";
import type { Log } from "./log/port.ts";
import { migrate } from "./store/migrate.ts";
import { openStore } from "./store/open.ts";
import type { Store } from "./store/port.ts";

/** An open log and an open, migrated store. */
export interface Session {
  readonly log: Log;
  readonly store: Store;
  /** Whether the log is held by this process, and by no other. */
  readonly alone: boolean;
  close(): Promise<void>;
}

/**
 * Opens what the settings name: Kafka or the embedded log, ClickHouse or chDB.
 * @param settings  `dir` holds what is embedded
 */
export async function openSession(settings: Settings, logger: Logger): Promise<Session> {
  const log = await openLog(settings, logger);
  try {
    const store = await openStoreOf(settings);
    const close = async () => {
      await log.close();
      await store.close();
    };
    try {
      await migrate(store, { log: logger });
      return { log, store, alone: isEmbedded(settings), close };
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    await log.close();
    throw error;
  }
}

const isEmbedded = ({ kafka }: Pick<Settings, "kafka">) => kafka.brokers.length === 0;

async function openLog({ dir, kafka }: Settings, logger: Logger): Promise<Log> {
  if (isEmbedded({ kafka })) return openEmbeddedLog({ dir: join(dir, "log") }).catch(refused(dir));
  const { openKafkaLog } = await import("./log/kafka.ts");
  const { mechanism, username, password, sessionTimeout: sessionTimeoutMs, noProgress: noProgressMs, ...given } = kafka;
  const options = {
    ...given,
    sessionTimeoutMs,
    noProgressMs,
    logger: ({ level, message, detail }: LogLine) => logger[level]({ ...detail, client: "kafka" }, message),
  };
  if (username === undefined || password === undefined) return openKafkaLog(options);
  // The client's types want to see each mechanism by itself; all three have the same two fields.
  const sasl = { mechanism, username, password } as SASLOptions;
  return openKafkaLog({ ...options, sasl });
}

export function openStoreOf({ dir, clickhouse }: Settings): Promise<Store> {
  const { url, database, username, password } = clickhouse;
  return openStore(url === undefined ? { path: join(dir, "store") } : { url, database, username, password });
}

/** An error of the system says what failed, and not what the directory was for. */
const refused =
  (dir: string) =>
  (error: unknown): never => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new Error(`${dir}: expected a data directory that can be written, got ${message}`, { cause: error });
  };

/** A directory of its own for one run, removed afterwards. */
export async function temporaryDir(): Promise<{ readonly dir: string; remove(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "tocsin-"));
  return { dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
