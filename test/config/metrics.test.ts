import { expect, test } from "vitest";
import { createMetrics } from "../../infra/metrics.ts";

const tally = {
  process: "track",
  topic: "t",
  partition: 3,
  records: 10,
  rejected: 1,
  late: 2,
  open: 3,
  behind: 4,
  next: 10,
  appendedAt: 1_772_380_000_000,
  watermark: 1_772_380_800_500,
};
const lines = async (metrics: ReturnType<typeof createMetrics>, part: string) =>
  (await metrics.registry.metrics()).split("\n").filter((line) => line.startsWith("tocsin_") && line.includes(part));

test("batches add up, and the state of a partition is the last one told", async () => {
  const metrics = createMetrics();
  metrics.batch(tally);
  metrics.batch({ ...tally, open: 1, next: 14, behind: 0, watermark: tally.watermark + 1000 });
  const where = 'process="track",topic="t"';
  expect(await lines(metrics, where)).toEqual([
    `tocsin_records_total{${where}} 20`,
    `tocsin_records_rejected_total{${where}} 2`,
    `tocsin_records_late_total{${where}} 4`,
    `tocsin_open_subjects{${where},partition="3"} 1`,
    `tocsin_log_behind_records{${where},partition="3"} 0`,
    `tocsin_log_lag_seconds{${where},partition="3"} 0`,
    `tocsin_watermark_timestamp_seconds{${where},partition="3"} 1772380801.5`,
  ]);
});

test("a partition that knows no time yet shows none", async () => {
  const metrics = createMetrics();
  metrics.batch({ ...tally, watermark: Number.NEGATIVE_INFINITY });
  expect(await lines(metrics, "watermark_timestamp")).toEqual([]);
});

test("what came over HTTP is there from the beginning, at zero", async () => {
  const metrics = createMetrics();
  expect(await lines(metrics, "tocsin_ingest_accepted_total")).toHaveLength(3);
  metrics.ingest.rejected("orders", "not_json");
  metrics.ingest.accepted("orders", 7);
  metrics.ingest.refused("context");
  expect((await lines(metrics, "tocsin_ingest")).filter((line) => !line.endsWith(" 0"))).toEqual([
    'tocsin_ingest_accepted_total{stream="orders"} 7',
    'tocsin_ingest_rejected_total{stream="orders",reason="not_json"} 1',
    'tocsin_ingest_refused_total{stream="context"} 1',
  ]);
});

test("two pipelines in one process do not share their numbers", async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.step("hotspot", 5000);
  expect(await lines(one, "cursor")).toEqual(['tocsin_cursor_timestamp_seconds{process="hotspot"} 5']);
  expect(await lines(other, "cursor")).toEqual([]);
});

test("lag is the age of the oldest unread record, also while nobody reads", async () => {
  let now = 100_000;
  const metrics = createMetrics(() => now);
  const lag = async () => Number((await lines(metrics, "tocsin_log_lag_seconds"))[0]?.split(" ").at(-1));
  // Four more wait, none of them older than the last one read.
  metrics.batch({ ...tally, appendedAt: 60_000 });
  expect(await lag()).toBe(40);
  metrics.batch({ ...tally, next: 14, behind: 0, appendedAt: 90_000 });
  expect(await lag()).toBe(0);
  now += 30_000;
  expect(await lag()).toBe(0);
  metrics.ends("t", [0, 0, 0, 14]);
  now += 5_000;
  // Written meanwhile, after the last look at the latest; the consumer does not say so, since it stands still.
  metrics.ends("t", [0, 0, 0, 15]);
  metrics.ends("other", [0, 0, 0, 99]);
  now += 20_000;
  expect(await lag()).toBe(25);
  metrics.batch({ ...tally, next: 15, behind: 0, appendedAt: 131_000 });
  expect(await lag()).toBe(0);
});
