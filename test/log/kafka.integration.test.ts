import { afterAll, test } from "vitest";
import { findBroker } from "../../infra/log/find-broker.ts";
import { openKafkaLog } from "../../infra/log/kafka.ts";
import { logContract } from "./contract.ts";

const found = await findBroker();

if (found.brokers === undefined) {
  test.skip(`skipped: ${found.reason}`, () => {});
} else {
  const { brokers } = found;
  afterAll(() => found.stop());
  logContract(`Kafka (${found.how})`, () => openKafkaLog({ brokers }));
}
