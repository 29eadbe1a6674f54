// Rows a second into order_events, in batches of 10,000: chDB in this process, and behind its front.
// node --import tsx infra/bench/store.ts   prints one JSON document; each figure is the median of 5 inserts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { median } from "../../forecasting/median.ts";
import { migrate } from "../store/migrate.ts";
import { openStore, type StoreOptions } from "../store/open.ts";

const BATCH = 10_000;
const REPEATS = 5;

const root = await mkdtemp(join(tmpdir(), "tocsin-bench-"));
const front = await startFront(join(root, "front"));
const loadBefore = loadavg()[0];
const results = {
  batch: BATCH,
  medianOf: REPEATS,
  cores: availableParallelism(),
  load: loadBefore,
  inProcess: await measure({ path: join(root, "direct") }),
  throughFront: await measure({ url: front.url }),
};
front.process.kill("SIGTERM");
await once(front.process, "exit");
await rm(root, { recursive: true, force: true });
process.stdout.write(`${JSON.stringify(results)}\n`);

async function measure(options: StoreOptions): Promise<{ rowsPerSecond: number; selectOneMs: number }> {
  const store = await openStore({ ...options, database: "bench" });
  await migrate(store, { log: { info: () => {} } });
  await store.insert("order_events", batch(0));
  const inserts: number[] = [];
  const selects: number[] = [];
  for (let i = 1; i <= REPEATS; i++) {
    const rows = batch(i);
    inserts.push(await timed(() => store.insert("order_events", rows)));
    selects.push(await timed(() => store.query("SELECT 1 AS one")));
  }
  await store.close();
  return {
    rowsPerSecond: Math.round((BATCH / median(inserts)) * 1000),
    selectOneMs: Number(median(selects).toFixed(2)),
  };
}

function batch(number: number): object[] {
  return Array.from({ length: BATCH }, (_, i) => {
    const id = number * BATCH + i;
    const at = Date.UTC(2026, 10, 1) + id * 1000;
    return {
      order_id: `order-${id % 30_000}`,
      event_id: `event-${id}`,
      content: "",
      kind: ["placed", "packed", "picked_up", "arrived_hub", "delivered"][id % 5],
      at,
      known_at: at + 1000,
      region: `${310_000 + (id % 30)}`,
      customer_id: `customer-${id % 20_000}`,
      merchant_id: `merchant-${id % 200}`,
      category: "fresh",
      value: (id % 90_000) / 100,
      currency: "CNY",
      origin: "330100",
      destination: "310000",
      carrier: `carrier-${id % 5}`,
      service: "standard",
      hub: "",
      promised_by: at + 86_400_000,
      traits: ["perishable"],
      produced_at: null,
      expires_at: null,
      signed_by: "",
      distance_m: null,
      extra: "",
      partition: id % 8,
      offset: id,
    };
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function startFront(path: string) {
  const cli = fileURLToPath(new URL("../cli/clickhouse.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", cli, "--path", path, "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { process: child, url: String(first.value).split(" ")[0] ?? "" };
}
