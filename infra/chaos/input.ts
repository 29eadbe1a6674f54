import { readEvent, readObject } from "../../ingest/contracts/read.ts";
import { STREAMS, TOPICS } from "../../ingest/contracts/topics.ts";
import { encodeWatermark } from "../../ingest/contracts/watermark.ts";
import { disturb } from "../../ingest/demo/disturb.ts";
import type { Random } from "../../ingest/demo/random.ts";
import { demoWeek } from "../../ingest/demo/week.ts";
import { judge } from "../../ingest/edge.ts";
import { placer } from "../log/partition.ts";

/** A record on its way into the log. */
export interface Item {
  readonly topic: string;
  readonly partition: number;
  readonly key: string | null;
  readonly value: string;
  /** Event time in ms, of an event that is in time and may be exchanged with its neighbours. */
  readonly movable: number | undefined;
}

export interface InputOptions {
  readonly seed: number;
  /** Records between two watermarks; the last step has what is left. */
  readonly steps: number;
  readonly partitions: number;
  /** How much earlier than the latest event of its partition another may come, ms. */
  readonly disorder: number;
  readonly historyDays: number;
  readonly ordersPerDay: number;
}

/**
 * A generated promotion week with late, repeated and broken records, as it goes into the log: steps that end with a
 * watermark in every partition. Broken records go into the topics like all others, so that the processes meet them.
 */
export function inputOf(options: InputOptions): Item[][] {
  const { seed, steps, partitions, disorder, historyDays, ordersPerDay } = options;
  const lines = [...disturb(demoWeek({ seed, historyDays, ordersPerDay }), { seed, badShare: 0.002 })];
  const counts = { orders: partitions, complaints: partitions, context: 1 };
  const places = new Map(STREAMS.map((stream) => [stream, placer(TOPICS[stream], counts[stream])]));
  const latest = new Map<string, number>();
  let latestOfAll = Number.NEGATIVE_INFINITY;
  let marked = Number.NEGATIVE_INFINITY;
  const size = Math.max(1, Math.ceil(lines.length / steps));
  const made: Item[][] = [];

  for (let from = 0; from < lines.length; from += size) {
    const step: Item[] = [];
    for (const [index, { stream, line, at }] of lines.slice(from, from + size).entries()) {
      const topic = TOPICS[stream];
      const bytes = Buffer.from(line);
      const judged = judge(stream, bytes, { source: "chaos", position: from + index }, at);
      const key = judged.kind === "entry" ? judged.entry.key : null;
      const spread = { key, value: bytes, ...(key === null && { partition: (from + index) % counts[stream] }) };
      const partition = places.get(stream)?.(spread) ?? 0;
      const place = `${topic}/${partition}`;
      const time = judged.kind === "entry" && stream !== "context" ? occurredAt(stream, bytes, at) : undefined;
      const before = latest.get(place) ?? Number.NEGATIVE_INFINITY;
      const inTime = time !== undefined && time >= before - disorder && time >= marked;
      step.push({ topic, partition, key, value: line, movable: inTime ? time : undefined });
      if (time === undefined) continue;
      latest.set(place, Math.max(before, time));
      latestOfAll = Math.max(latestOfAll, time);
    }
    const last = from + size >= lines.length;
    marked = Math.max(marked, last ? latestOfAll + 1 : latestOfAll - disorder);
    const value = encodeWatermark(marked).toString();
    for (const stream of STREAMS) {
      for (let partition = 0; partition < counts[stream]; partition++) {
        step.push({ topic: TOPICS[stream], partition, key: null, value, movable: undefined });
      }
    }
    made.push(step);
  }
  return made;
}

function occurredAt(stream: "orders" | "complaints", bytes: Buffer, receivedAt: number): number | undefined {
  const object = readObject(bytes);
  const event = object.kind === "ok" ? readEvent(stream, object.value, receivedAt) : object;
  return event.kind === "reject" ? undefined : event.value.occurredAt;
}

/**
 * The step in another order within the allowed disorder: events that are in time are exchanged with others that are
 * less than `disorder` away. What is late, broken or a watermark keeps its place, and nothing moves across it.
 */
export function disordered(step: readonly Item[], disorder: number, r: Random): Item[] {
  const byPlace = new Map<string, Item[]>();
  for (const item of step) {
    const place = `${item.topic}/${item.partition}`;
    const list = byPlace.get(place);
    if (list) list.push(item);
    else byPlace.set(place, [item]);
  }
  return [...byPlace.values()].flatMap((items) => exchanged(items, disorder, r));
}

function exchanged(items: readonly Item[], disorder: number, r: Random): Item[] {
  const out: Item[] = [];
  let run: { item: Item; order: number }[] = [];
  const flush = () => {
    out.push(...run.sort((a, b) => a.order - b.order).map(({ item }) => item));
    run = [];
  };
  for (const item of items) {
    if (item.movable !== undefined) {
      run.push({ item, order: item.movable + r() * disorder });
      continue;
    }
    flush();
    out.push(item);
  }
  flush();
  return out;
}
