import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startBroker } from "./broker.ts";

export interface FoundBroker {
  readonly brokers: string[];
  readonly how: "KAFKA_BROKERS" | "Docker" | "Maven and Java";
  stop(): Promise<void>;
}

export type BrokerSearch = FoundBroker | { readonly brokers: undefined; readonly reason: string };

const IMAGE = "confluentinc/cp-kafka:7.9.1";

/**
 * A broker to test on: the one named by KAFKA_BROKERS, else one in Docker, else one from Apache Kafka's jars.
 * @throws when there is none and CI=true, where tests must not be left out
 */
export async function findBroker(env: NodeJS.ProcessEnv = process.env): Promise<BrokerSearch> {
  const named = env.KAFKA_BROKERS?.split(",").filter((broker) => broker !== "");
  if (named?.length) return { brokers: named, how: "KAFKA_BROKERS", stop: async () => undefined };
  const reasons = ["KAFKA_BROKERS is not set"];
  try {
    if (await dockerAnswers()) return await inDocker();
    reasons.push("no Docker daemon answers");
  } catch (error) {
    reasons.push(`Docker: ${messageOf(error)}`);
  }
  try {
    const broker = await startBroker();
    return { brokers: broker.brokers, how: "Maven and Java", stop: () => broker.stop() };
  } catch (error) {
    reasons.push(messageOf(error));
    const reason = `no Kafka broker: ${reasons.join("; ")}`;
    if (env.CI === "true") throw new Error(reason, { cause: error });
    return { brokers: undefined, reason };
  }
}

async function dockerAnswers(): Promise<boolean> {
  try {
    await promisify(execFile)("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

async function inDocker(): Promise<FoundBroker> {
  const { KafkaContainer } = await import("@testcontainers/kafka");
  const container = await new KafkaContainer(IMAGE).withKraft().start();
  const brokers = [`${container.getHost()}:${container.getMappedPort(9093)}`];
  return {
    brokers,
    how: "Docker",
    stop: async () => {
      await container.stop();
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
