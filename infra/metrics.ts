import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { REJECT_REASONS } from "../ingest/contracts/outcome.ts";
import { STREAMS } from "../ingest/contracts/topics.ts";
import type { IngestMetrics } from "../ingest/http.ts";
import type { Tally } from "../processors/shell/run.ts";
import { Lag } from "./lag.ts";

export interface Metrics {
  readonly registry: Registry;
  readonly ingest: IngestMetrics;
  batch(tally: Tally): void;
  step(process: string, cursor: number): void;
  /** How far the partitions of a topic are written. */
  ends(topic: string, ends: readonly number[]): void;
}

/** Gauges that call themselves totals; the same numbers by kind are there without that word. */
const MISNAMED = ["nodejs_active_handles_total", "nodejs_active_requests_total", "nodejs_active_resources_total"];

/** What Prometheus sees of a pipeline. Event times are unix seconds: age is `time() - x`, and survives a dead process. */
export function createMetrics(clock: () => number = Date.now): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const labelNames = ["process", "topic"] as const;
  const counter = (name: string, help: string) => new Counter({ name, help, labelNames, registers });
  const records = counter("tocsin_records_total", "Records read from the log");
  const rejected = counter("tocsin_records_rejected_total", "Records that became dead letters");
  const late = counter("tocsin_records_late_total", "Events that came after the watermark had passed them");
  const partition = ["process", "topic", "partition"] as const;
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: partition, registers });
  const open = gauge("tocsin_open_subjects", "Orders or cases open in a partition");
  const behind = gauge("tocsin_log_behind_records", "Records of a partition that are not read yet");
  const lags = new Map<string, { labels: Record<(typeof partition)[number], string>; lag: Lag }>();
  new Gauge({
    name: "tocsin_log_lag_seconds",
    help: "How long the oldest record of a partition that is not read yet has waited, at most",
    labelNames: partition,
    registers,
    collect() {
      for (const { labels, lag } of lags.values()) this.set(labels, lag.ms(clock()) / 1000);
    },
  });
  const watermark = gauge("tocsin_watermark_timestamp_seconds", "Event time a partition has reached");
  const cursor = new Gauge({
    name: "tocsin_cursor_timestamp_seconds",
    help: "Event time a process that reads tables has reached",
    labelNames: ["process"] as const,
    registers,
  });
  const ingestCounter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name, help, labelNames, registers });
  const accepted = ingestCounter("tocsin_ingest_accepted_total", "Events taken over HTTP", ["stream"]);
  const badly = ingestCounter("tocsin_ingest_rejected_total", "Records refused over HTTP", ["stream", "reason"]);
  const refused = ingestCounter("tocsin_ingest_refused_total", "Requests the log could not take", ["stream"]);
  for (const stream of STREAMS) {
    accepted.inc({ stream }, 0);
    refused.inc({ stream }, 0);
    for (const reason of REJECT_REASONS) badly.inc({ stream, reason }, 0);
  }
  return {
    registry,
    ingest: {
      accepted: (stream, count) => accepted.inc({ stream }, count),
      rejected: (stream, reason) => badly.inc({ stream, reason }),
      refused: (stream) => refused.inc({ stream }),
    },
    batch(tally) {
      const labels = { process: tally.process, topic: tally.topic };
      records.inc(labels, tally.records);
      rejected.inc(labels, tally.rejected);
      late.inc(labels, tally.late);
      const where = { ...labels, partition: String(tally.partition) };
      open.set(where, tally.open);
      behind.set(where, tally.behind);
      const place = `${tally.process} ${tally.topic} ${tally.partition}`;
      const known = lags.get(place) ?? { labels: where, lag: new Lag() };
      lags.set(place, known);
      known.lag.read(tally.next, tally.next + tally.behind, tally.appendedAt, clock());
      if (Number.isFinite(tally.watermark)) watermark.set(where, tally.watermark / 1000);
    },
    step: (process, at) => cursor.set({ process }, at / 1000),
    ends(topic, ends) {
      for (const { labels, lag } of lags.values()) {
        const end = labels.topic === topic ? ends[Number(labels.partition)] : undefined;
        if (end !== undefined) lag.ends(end, clock());
      }
    },
  };
}
