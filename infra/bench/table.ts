import type { OrderFigures } from "./orders.ts";

interface Pace {
  readonly perSecond: number;
  /** CPU of our process, us an event. */
  readonly cpuUs: number;
}

export interface Figures {
  readonly repeat: number;
  readonly cores: number;
  /** Load average of the machine before the first measurement: what others took from us. */
  readonly load: number;
  readonly eventBytes: number;
  readonly events: number;
  readonly stream: Pace;
  readonly read: Pace;
  readonly parse: Pace;
  readonly insert: Pace;
  readonly replayPerSecond: number;
  readonly latency: { readonly perSecond: number; readonly p50Ms: number; readonly p99Ms: number };
  readonly instances: { readonly one: number; readonly two: number };
  readonly orders: OrderFigures;
  readonly seconds: number;
}

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const two = (value: number): string => value.toFixed(2);

/** The figures as a table in Markdown. */
export function table(figures: Figures): string {
  const { stream, read, parse, insert, latency, instances } = figures;
  const parts = read.cpuUs + parse.cpuUs + insert.cpuUs;
  const rows: readonly (readonly string[])[] = [
    ["Kafka to state to ClickHouse", `${whole(stream.perSecond)} events/s`, `${two(stream.cpuUs)} us`, "1.00"],
    [
      "reading the topic and dropping it",
      `${whole(read.perSecond)} events/s`,
      `${two(read.cpuUs)} us`,
      two(read.cpuUs / stream.cpuUs),
    ],
    [
      "`JSON.parse` alone",
      `${whole(parse.perSecond)} events/s`,
      `${two(parse.cpuUs)} us`,
      two(parse.cpuUs / stream.cpuUs),
    ],
    [
      "store insert alone",
      `${whole(insert.perSecond)} events/s`,
      `${two(insert.cpuUs)} us`,
      two(insert.cpuUs / stream.cpuUs),
    ],
    ["the whole over the sum of the three", "", "", two(stream.cpuUs / parts)],
    ["embedded replay of NDJSON", `${whole(figures.replayPerSecond)} events/s`, "", ""],
    [
      `log to finding at ${whole(latency.perSecond)} events/s`,
      `p50 ${whole(latency.p50Ms)} ms, p99 ${whole(latency.p99Ms)} ms`,
      "",
      "",
    ],
    [
      "two instances over one, log in memory",
      `${whole(instances.two)} over ${whole(instances.one)} events/s`,
      "",
      two(instances.two / instances.one),
    ],
    ...rowsOf(figures.orders),
  ];
  const lines = [
    `Events of ${figures.eventBytes} bytes, 8 partitions, ${whole(figures.events)} a run, medians of ${figures.repeat}; ${figures.cores} cores, load ${two(figures.load)} at the start; ${figures.seconds} s in all.`,
    "",
    "| | figure | CPU of our process an event | ratio |",
    "| --- | --- | --- | --- |",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Below so many orders the memory of the process itself, which comes and goes by tens of megabytes, is all one sees. */
const WEIGHED = 1_000_000;

function rowsOf({ orders, small, large, costRatio, uuids, timers, checkpoint }: OrderFigures): string[][] {
  const us = (ns: number) => `${two(ns / 1000)} us`;
  const weight = (count: number, bytes: number) => (count < WEIGHED ? "too few to weigh" : `${bytes} bytes each`);
  return [
    [`${whole(orders)} open orders`, weight(orders, large.bytesPerOrder), us(large.nsPerEvent), ""],
    ["an event among them over one among 100,000", `${us(small.nsPerEvent)} there`, "", two(costRatio)],
    ["longest that one event held the loop", `${whole(large.longestEventMs)} ms`, "", ""],
    [`${whole(orders / 5)} open orders with UUIDs`, weight(orders / 5, uuids.bytesPerOrder), us(uuids.nsPerEvent), ""],
    [
      `${whole(timers.fired)} timers fired`,
      `${whole(timers.wrong)} out of order or time`,
      `${us(timers.armNs)} to arm, ${us(timers.fireNs)} to fire`,
      "",
    ],
    [`recovery of ${whole(checkpoint.recovered)} open orders`, `${two(checkpoint.recoverySeconds)} s`, "", ""],
    [
      "saving them while events go on",
      `${two(checkpoint.saveSeconds)} s, the loop held for ${whole(checkpoint.longestSaveBlockMs)} ms at most`,
      "",
      "",
    ],
  ];
}
