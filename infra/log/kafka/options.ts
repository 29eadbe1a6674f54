import { type KafkaConfig, type LogEntry, logLevel } from "kafkajs";

export interface LogLine {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly message: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface KafkaLogOptions {
  /** `host:port`, at least one. */
  readonly brokers: readonly string[];
  /** Default `tocsin`. */
  readonly clientId?: string;
  readonly ssl?: NonNullable<KafkaConfig["ssl"]>;
  readonly sasl?: NonNullable<KafkaConfig["sasl"]>;
  /** Told what the client says, from `warn` up. Default a process warning. */
  readonly logger?: (line: LogLine) => void;
  /** Opening fails when no broker has answered for so long, in ms. Default 10,000. */
  readonly openTimeoutMs?: number;
  /** How often a request is tried again, at growing intervals of 0.1 to 5 s, before it fails. Default 11, about 40 s. */
  readonly retries?: number;
  /** Without a heartbeat for so long the broker gives a consumer's partitions to others, in ms. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /** A consumer dies when a partition has more to read and nothing moved for so long, in ms. Default 300,000. */
  readonly noProgressMs?: number;
  /** Settings of topics that `ensure` creates. */
  readonly topicConfig?: Readonly<Record<string, string>>;
  /** Copies of topics that `ensure` creates. Default what the broker is set to. */
  readonly replicationFactor?: number;
}

/** The log's clock stamps records, and what is in the log stays until somebody decides otherwise. */
export const TOPIC_CONFIG: Readonly<Record<string, string>> = {
  "message.timestamp.type": "LogAppendTime",
  "retention.ms": "-1",
};

export const REQUEST_TIMEOUT_MS = 30_000;

const LEVELS = new Map<logLevel, LogLine["level"]>([
  [logLevel.ERROR, "error"],
  [logLevel.WARN, "warn"],
  [logLevel.INFO, "info"],
  [logLevel.DEBUG, "debug"],
]);

/** @param muted whether a line is to be left out, asked at each line */
export function kafkaConfig(options: KafkaLogOptions, muted: () => boolean): KafkaConfig {
  const { brokers, clientId = "tocsin", ssl, sasl, logger = warn, retries = 11 } = options;
  return {
    brokers: [...brokers],
    clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: 3000,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Connecting has a counter of its own, which ends the whole request when it runs out: one for both.
    retry: { retries, initialRetryTime: 100, maxRetryTime: 5000 },
    logLevel: logLevel.WARN,
    logCreator: () => {
      const isRepeat = repeats();
      return (entry) => {
        const line = lineOf(entry);
        const counts = line.level === "error" || line.level === "warn";
        if (counts && !muted() && !isRepeat(entry)) logger(line);
      };
    },
  };
}

/** A broker that is away is said so by every connection at every attempt: once in a while is enough. */
const SAY_AGAIN_MS = 5000;

function repeats(): (entry: LogEntry) => boolean {
  const saidAt = new Map<string, number>();
  return ({ namespace, log: { message, timestamp } }) => {
    if (namespace !== "Connection" && namespace !== "BrokerPool") return false;
    const now = Date.parse(timestamp);
    if (now - (saidAt.get(message) ?? Number.NEGATIVE_INFINITY) < SAY_AGAIN_MS) return true;
    saidAt.set(message, now);
    return false;
  };
}

function lineOf({ namespace, level, log: { message, timestamp: _, logger: __, ...detail } }: LogEntry): LogLine {
  // An answer such as "the group is rebalancing" is called an error where it arrives, and dealt with further up.
  const routine = namespace === "Connection" && "correlationId" in detail;
  return { level: routine ? "debug" : (LEVELS.get(level) ?? "info"), message, detail: { namespace, ...detail } };
}

function warn({ level, message, detail }: LogLine): void {
  process.emitWarning(`Kafka client, ${level}: ${message} ${JSON.stringify(detail)}`, { code: "KAFKA_CLIENT" });
}
