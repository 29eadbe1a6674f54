// Learns norms from ten million waits of two million orders made in the store itself.
// node --import tsx infra/bench/norms.ts [waits]   prints one JSON document.
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { workingCalendar } from "../../forecasting/dwell/holidays.ts";
import { createLearn } from "../../processors/learn/follower.ts";
import { learnPolicy } from "../../processors/learn/policy.ts";
import { migrate } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";

const waits = Number(process.argv[2] ?? 10_000_000);
/** placed, paid, picked up, two hubs in and out less one, out for delivery, delivered: the waits of one order. */
const KINDS = ["placed", "paid", "picked_up", "arrived_hub", "out_for_delivery", "delivered"];
const orders = Math.round(waits / (KINDS.length - 1));
const HOUR = 3_600_000;
const END = Date.parse("2026-03-05T00:00:00Z");
const DAYS = 150;

const root = await mkdtemp(join(tmpdir(), "tocsin-bench-"));
const store = await openStore({ path: join(root, "store") });
await migrate(store, { log: { info: () => {} } });
// Each step takes 1 to 2.7 times its usual hours; 340 cities, 6 carriers, 4 services.
const CHUNK = 400_000;
for (let from = 0; from < orders; from += CHUNK) {
  await store.command(
    `INSERT INTO order_events (order_id, event_id, kind, at, known_at, origin, destination, carrier, service, promised_by, offset)
     SELECT concat('o', leftPad(toString(n), 8, '0')), concat(toString(n), '-', toString(k)), {kinds:Array(String)}[k + 1],
       fromUnixTimestamp64Milli(placed + toInt64(([0, 1, 9, 20, 38, 43][k + 1]) * exp(rand(1) / 4294967296.) * ${HOUR})) AS happened, happened,
       if(k = 0, toString(n % 340), ''), if(k = 0, toString(intDiv(n, 7) % 340), ''),
       if(k = 0, concat('c', toString(n % 6)), ''), if(k = 0, concat('s', toString(n % 4)), ''),
       if(k = 0, fromUnixTimestamp64Milli(placed + 120 * ${HOUR}), NULL), n * 6 + k
     FROM (SELECT number + {from:UInt64} AS n, ${END - DAYS * 24 * HOUR} + toInt64(n * ${(DAYS - 6) * 24 * HOUR} / ${orders}) AS placed
       FROM numbers({count:UInt64})) ARRAY JOIN range(${KINDS.length}) AS k`,
    { from, count: Math.min(CHUNK, orders - from), kinds: KINDS },
  );
}
const [{ n: events = 0 } = {}] = await store.query<{ n: number }>("SELECT toFloat64(count()) AS n FROM order_events");
const load = loadavg()[0];
const calendar = workingCalendar("CN", 8);
const learn = createLearn({
  store,
  policy: learnPolicy.parse({}),
  calendar,
  above: (code) => (code.length > 2 ? code.slice(0, 2) : undefined),
});
const cpu = process.cpuUsage();
const started = performance.now();
await learn.step({ from: END - 2 * HOUR, to: END - HOUR });
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(cpu);
const [row] = await store.query<{ waits: number; bytes: number }>(
  "SELECT toFloat64(waits) AS waits, toFloat64(length(body)) AS bytes FROM norms FINAL",
);
await store.close();
await rm(root, { recursive: true, force: true });
const result = { events, learnedFrom: row?.waits, bodyBytes: row?.bytes, seconds, cpuSeconds: (user + system) / 1e6 };
process.stdout.write(`${JSON.stringify({ ...result, cores: availableParallelism(), load })}\n`);
