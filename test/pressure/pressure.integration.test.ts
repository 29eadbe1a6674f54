import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Child, run } from "../../infra/chaos/child.ts";
import { type Gate, openGate, PASS } from "../../infra/chaos/gate.ts";
import { type StoreServer, startStoreServer } from "../../infra/chaos/server.ts";
import { type BrokerSearch, findBroker } from "../../infra/log/find-broker.ts";
import { openKafkaLog } from "../../infra/log/kafka.ts";
import type { Log } from "../../infra/log/port.ts";
import { ensureTopics } from "../../infra/pipeline.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";

const MB = 1024 * 1024;
const T0 = Date.parse("2026-03-02T00:00:00+08:00");
const PARTITIONS = 4;

// A broker of its own: the topics have fixed names, and somebody's broker may hold them already.
const found: BrokerSearch = await findBroker({ ...process.env, KAFKA_BROKERS: undefined });

describe.skipIf(found.brokers === undefined)("a store that is too slow for what comes in", () => {
  let dir: string;
  let server: StoreServer;
  let gate: Gate;
  let log: Log;
  let store: Store;
  let sent = 0;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "tocsin-test-"));
    server = await startStoreServer(join(dir, "store"), join(dir, "store.log"));
    gate = await openGate(() => server.url);
    log = await openKafkaLog({ brokers: found.brokers ?? [], logger: () => {} });
    store = await openStore({ url: server.url });
    await ensureTopics(log, PARTITIONS);
    // `track` runs alone: nobody learns what is normal, and it must not wait for it.
    await writeFile(join(dir, "policy.yaml"), "learn: { every: off }\n");
  }, 240_000);
  afterAll(async () => {
    await store.close();
    await log.close();
    await gate.close();
    await server.stop();
    if (found.brokers !== undefined) await found.stop();
  });

  function up(): Child {
    const env = {
      KAFKA_BROKERS: (found.brokers ?? []).join(","),
      CLICKHOUSE_URL: gate.url,
      TOCSIN_PARTITIONS: String(PARTITIONS),
      TOCSIN_LOG_LEVEL: "error",
      TOCSIN_POLICY: join(dir, "policy.yaml"),
      KAFKA_SESSION_TIMEOUT: "6s",
    };
    const child = run(["infra/cli/tocsin.js", "up", "--only", "track"], env, join(dir, "up.log"));
    onTestFinished(async () => {
      gate.fate(() => PASS);
      await child.kill("SIGKILL");
    });
    return child;
  }

  /** Events of a thousand orders of about 300 bytes: the state stays small, however many there are. */
  async function append(count: number): Promise<void> {
    for (let from = 0; from < count; from += 5000) {
      const entries = Array.from({ length: Math.min(5000, count - from) }, () => {
        sent += 1;
        const orderId = `order-${sent % 1000}`;
        const occurredAt = new Date(T0 + sent * 10).toISOString();
        const event = { orderId, kind: "departed_hub", occurredAt, note: "x".repeat(200) };
        return { key: orderId, value: Buffer.from(JSON.stringify(event)) };
      });
      await log.append(TOPICS.orders, entries);
    }
  }
  const done = async () => {
    const rows = await store
      .query<{ next: number }>("SELECT toFloat64(sum(next_offset)) AS next FROM progress FINAL WHERE process = 'track'")
      .catch(() => []);
    return rows[0]?.next ?? 0;
  };
  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await sleep(100);
  }
  const residentOf = ({ process: { pid } }: Child): number =>
    1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

  test.skipIf(process.platform !== "linux")(
    "slows the reader, and memory stays within 50 MB of what it takes at rest",
    async () => {
      await append(60_000);
      const child = up();
      await until(async () => (await done()) >= 60_000);
      await sleep(1000);
      const rest = residentOf(child);
      gate.fate(({ insert }) => (insert === undefined ? PASS : { kind: "slow", ms: 1500 }));
      const before = await done();
      await append(200_000);
      let most = 0;
      for (let i = 0; i < 250; i++) {
        most = Math.max(most, residentOf(child));
        await sleep(100);
      }
      const after = await done();
      process.stderr.write(
        `at rest ${Math.round(rest / MB)} MB, at most ${Math.round((most - rest) / MB)} MB more; ${after - before} of 200000 done\n`,
      );
      // It goes on, slowly, and most of what waits is still in the log.
      expect(after).toBeGreaterThan(before);
      expect(after - before).toBeLessThan(190_000);
      expect(most - rest).toBeLessThan(50 * MB);
    },
    180_000,
  );

  test("SIGTERM ends it in order within ten seconds: what is in hand is stored, and a checkpoint with it", async () => {
    const child = up();
    // What an instance killed before it sent may still arrive: this one is at work when everything is done.
    await until(async () => (await done()) >= sent);
    const start = await done();
    gate.fate(({ insert }) => (insert === undefined ? PASS : { kind: "slow", ms: 400 }));
    await append(40_000);
    await until(async () => (await done()) > start);
    const asked = performance.now();
    expect(await child.kill("SIGTERM")).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_000);
    const rows = await store.query<{ at: number; kept: number }>(
      `SELECT p.next_offset AS at, c.kept AS kept FROM progress AS p FINAL
       INNER JOIN (SELECT partition, max(next_offset) AS kept FROM checkpoints WHERE process = 'track' GROUP BY partition) AS c
       ON c.partition = p.partition WHERE p.process = 'track'`,
    );
    expect(rows).toHaveLength(PARTITIONS);
    for (const { at, kept } of rows) expect(kept).toBe(at);
  }, 120_000);

  test("SIGTERM ends it within ten seconds also when the store does not answer at all, and it says so", async () => {
    const child = up();
    await append(20_000);
    const start = gate.stored("progress");
    await until(async () => gate.stored("progress") > start);
    gate.fate(() => ({ kind: "slow", ms: 60_000 }));
    await append(20_000);
    await sleep(500);
    const asked = performance.now();
    expect(await child.kill("SIGTERM")).toBe(1);
    expect(performance.now() - asked).toBeLessThan(10_500);
    expect(readFileSync(join(dir, "up.log"), "utf8")).toContain("expected to store what is in hand");
  }, 120_000);

  test("SIGTERM while it starts, and the store does not answer: nothing is in hand, so it ends in order", async () => {
    gate.fate(() => ({ kind: "slow", ms: 60_000 }));
    const child = up();
    await sleep(4000);
    const asked = performance.now();
    expect(await child.kill("SIGTERM")).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10_500);
  }, 60_000);
});
