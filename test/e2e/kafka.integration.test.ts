import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BrokerSearch, findBroker } from "../../infra/log/find-broker.ts";
import { startFront } from "../../infra/store/front/start.ts";
import { differences, rowsOf, scratch, tocsin, writeWeek } from "./tocsin.ts";

const MINUTES = 60_000;

// A broker of its own: the topics have fixed names, and somebody's broker may hold them already.
let broker: BrokerSearch;
beforeAll(async () => {
  broker = await findBroker({ ...process.env, KAFKA_BROKERS: undefined });
}, 5 * MINUTES);
afterAll(() => (broker.brokers ? broker.stop() : undefined));

test("the same file through Kafka and a ClickHouse server ends in the same rows as embedded", {
  timeout: 8 * MINUTES,
}, async ({ skip }) => {
  if (!broker.brokers) return skip(broker.reason);
  const dir = await scratch();
  const week = join(dir, "week.ndjson");
  await writeWeek(week, { seed: 6, historyDays: 7, ordersPerDay: 30 });
  const embedded = await tocsin(["replay", week, "--json", "--data", join(dir, "embedded")]);
  expect(embedded.code, embedded.err).toBe(0);

  const front = await startFront({ path: join(dir, "served", "store") });
  const env = { KAFKA_BROKERS: broker.brokers.join(","), CLICKHOUSE_URL: front.url };
  const served = await tocsin(["replay", week, "--json"], env);
  await front.close();
  expect(served.code, served.err).toBe(0);
  const { eventsPerSecond: _, seconds: __, replay: ___, ...figures } = JSON.parse(embedded.out);
  expect(JSON.parse(served.out)).toMatchObject(figures);
  expect(differences(await rowsOf(join(dir, "served")), await rowsOf(join(dir, "embedded")))).toEqual([]);
});
