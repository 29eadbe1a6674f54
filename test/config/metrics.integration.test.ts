import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, test } from "vitest";
import { createMetrics } from "../../infra/metrics.ts";
import { STREAMS } from "../../ingest/contracts/topics.ts";

const found = !spawnSync("promtool", ["--version"]).error;
if (!found) {
  const message = "promtool is not installed (apt-get install prometheus): its test is skipped";
  if (process.env.CI === "true") throw new Error(message);
  process.stderr.write(`${message}\n`);
}

const tally = {
  process: "track",
  topic: "tocsin.orders.v1",
  partition: 0,
  records: 10,
  rejected: 1,
  late: 2,
  open: 3,
  behind: 4,
  next: 10,
  appendedAt: 1_772_380_000_000,
  watermark: Date.parse("2026-03-02T00:00:00Z"),
};

describe("what Prometheus sees", () => {
  let text: string;
  beforeAll(async () => {
    const metrics = createMetrics();
    metrics.batch(tally);
    metrics.batch({ ...tally, partition: 1, watermark: Number.NEGATIVE_INFINITY });
    metrics.step("hotspot", tally.watermark);
    for (const stream of STREAMS) {
      metrics.ingest.accepted(stream, 5);
      metrics.ingest.rejected(stream, "not_json");
      metrics.ingest.refused(stream);
    }
    text = await metrics.registry.metrics();
  });

  test.skipIf(!found)("promtool has nothing to say against it", () => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" });
    expect(`${stdout}${stderr}`).toBe("");
    expect(status).toBe(0);
  });

  test.skipIf(!found)("promtool would say so: a gauge that calls itself a total", () => {
    const bad = "# HELP x_total X.\n# TYPE x_total gauge\nx_total 1\n";
    expect(spawnSync("promtool", ["check", "metrics"], { input: bad, encoding: "utf8" }).status).not.toBe(0);
  });
});
