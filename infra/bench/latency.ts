// From the log to the finding in the store, while events come in at a steady rate; started by main.ts.

import { setTimeout as sleep } from "node:timers/promises";
import { workingCalendar } from "../../forecasting/dwell/holidays.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { readPolicy } from "../config/policy.ts";
import { openKafkaLog } from "../log/kafka.ts";
import type { Entry } from "../log/port.ts";
import { ensureTopics, startPipeline } from "../pipeline.ts";
import { migrate } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";
import type { Sheet, Store } from "../store/port.ts";
import { optionsOf } from "./child.ts";
import { benchEvent } from "./events.ts";

interface Options {
  readonly brokers: string[];
  readonly url: string;
  readonly perSecond: number;
  /** Of one window of measurement. */
  readonly seconds: number;
  readonly windows: number;
}
export interface Latency {
  readonly perSecond: number;
  readonly findings: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const TICK_MS = 20;
/** One event in so many says that a parcel is damaged, which is a finding as soon as event time has passed it. */
const EVERY = 50;
const { brokers, url, perSecond, seconds, windows } = optionsOf<Options>();
const log = await openKafkaLog({ brokers, logger: () => {} });
const sender = await openKafkaLog({ brokers, logger: () => {} });
const inner = await openStore({ url, database: `latency_${process.pid}` });
await migrate(inner, { log: { info: () => {} } });
await ensureTopics(log, 8);

/** ms, by window; those before the first window are warming up. */
const took: number[][] = Array.from({ length: windows }, () => []);
const WARM_UP_MS = 3000;
let began = Number.POSITIVE_INFINITY;
const { sheets } = inner;
if (!sheets) throw new Error("expected a store that encodes rows as they come");
/** Sheets of findings, with when the events behind them were sent, ms. */
const findings = new Map<Sheet, { readonly sheet: Sheet; readonly sentAt: number[] }>();
const store: Store = {
  ...inner,
  sheets: {
    open(table) {
      const sheet = sheets.open(table);
      if (table !== "finding_changes") return sheet;
      const sentAt: number[] = [];
      const watched: Sheet = {
        get rows() {
          return sheet.rows;
        },
        add(row) {
          const { order_id, kind } = row as { order_id: string; kind: string };
          const at = kind === "damaged" && /^probe-(\d+)-/.exec(order_id)?.[1];
          if (at) sentAt.push(Number(at));
          sheet.add(row);
        },
      };
      findings.set(watched, { sheet, sentAt });
      return watched;
    },
    async insert(table, filled) {
      await sheets.insert(
        table,
        filled.map((sheet) => findings.get(sheet)?.sheet ?? sheet),
      );
      const now = Date.now();
      for (const sheet of filled) {
        for (const sentAt of findings.get(sheet)?.sentAt ?? []) {
          const window = Math.floor((sentAt - began - WARM_UP_MS) / (seconds * 1000));
          took[window]?.push(now - sentAt);
        }
        findings.delete(sheet);
      }
    },
  },
};
const { policy, version } = readPolicy(undefined);
const pipeline = await startPipeline({
  alone: false,
  log,
  store,
  // Event time follows the events at once: what is measured is our way, not how long a deployment waits for the late.
  policy: { ...policy, disorder: 0, learn: { ...policy.learn, every: "off" } },
  policyVersion: version,
  checkpointEvery: 30_000,
  clock: Date.now,
  above: () => undefined,
  holiday: () => false,
  country: "CN",
  utcOffset: 8,
  calendar: workingCalendar("CN", 8),
  onAwaited: () => {},
  placeName: (_, value) => ({ "zh-CN": value, en: value }),
  sinks: [],
  only: ["track"],
  onBatch: () => {},
  onStep: () => {},
});

const share = Math.round((perSecond * TICK_MS) / 1000);
began = Date.now();
let sent = 0;
for (let tick = 0; tick * TICK_MS < WARM_UP_MS + windows * seconds * 1000; tick++) {
  const ahead = began + tick * TICK_MS - Date.now();
  if (ahead > 0) await sleep(ahead);
  const now = Date.now();
  const entries: Entry[] = Array.from({ length: share }, (_, i) => {
    sent++;
    if (i % EVERY === 0) {
      const orderId = `probe-${now}-${sent}`;
      return entry(orderId, JSON.stringify({ orderId, kind: "damaged", occurredAt: iso(now + i) }));
    }
    const { orderId, json } = benchEvent(sent, now);
    return entry(orderId, json.replace(/"occurredAt":"[^"]+"/, `"occurredAt":"${iso(now + i)}"`));
  });
  await sender.append(TOPICS.orders, entries);
}
await sleep(1000);
const rate = sent / ((Date.now() - 1000 - began) / 1000);
const results = took.map((window): Latency => {
  window.sort((a, b) => a - b);
  const at = (share: number) => window[Math.min(window.length - 1, Math.floor(window.length * share))] ?? Number.NaN;
  return { perSecond: rate, findings: window.length, p50Ms: at(0.5), p99Ms: at(0.99) };
});
process.stdout.write(`${JSON.stringify(results)}\n`);
await pipeline.stop();
await sender.close();
await log.close();
await inner.close();
process.exit(0);

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
function entry(key: string, json: string): Entry {
  return { key, value: Buffer.from(json) };
}
