import type { Kafka, Message, Producer } from "kafkajs";
import type { Entry, Position } from "../port.ts";
import { hasType, KafkaLogError } from "./errors.ts";
import { REQUEST_TIMEOUT_MS } from "./options.ts";

/** Sends in the order of the calls; what is called for while a request is under way goes into the next one. */
export interface Sender {
  /** @param partitions the partition of each entry */
  send(topic: string, entries: readonly Entry[], partitions: readonly number[]): Promise<Position[]>;
  close(): Promise<void>;
}

interface Order {
  readonly topic: string;
  readonly entries: readonly Entry[];
  readonly partitions: readonly number[];
  readonly positions: Position[];
  sent: number;
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** One record of a request, and whose it is. */
interface Slot {
  readonly order: Order;
  readonly index: number;
}

interface Request {
  /** By topic, then partition: the records in the order of their offsets. */
  readonly slots: Map<string, Map<number, Slot[]>>;
  readonly orders: Set<Order>;
}

// A partition's share of a request is one batch, which the broker takes up to 1,048,588 bytes (message.max.bytes).
const BATCH_BYTES = 1_000_000;
const REQUEST_BYTES = 8_000_000;
// Grouping by partition in the client is quadratic in these.
const BATCH_RECORDS = 1000;
/** Most that length, timestamp and offset of a record take. */
const RECORD_BYTES = 40;

/** @param mute called around what makes the client warn of a limit that is dealt with here */
export function createSender(kafka: Kafka, mute: <T>(work: () => T) => T): Sender {
  const queue: Order[] = [];
  let producer: Promise<Producer> | undefined;
  let sending: Promise<void> | undefined;
  let closed = false;

  function connected(): Promise<Producer> {
    producer ??= (async () => {
      const options = { idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false };
      const made = mute(() => kafka.producer(options));
      await made.connect();
      return made;
    })();
    return producer;
  }

  async function discard(): Promise<void> {
    const old = producer;
    producer = undefined;
    await old?.then((p) => p.disconnect()).catch(() => undefined);
  }

  async function drain(): Promise<void> {
    // Appends of the same tick share the first request.
    await Promise.resolve();
    for (;;) {
      const request = nextRequest(queue);
      if (request.orders.size === 0) break;
      try {
        const current = await connected();
        const written = await current.sendBatch({
          acks: -1,
          timeout: REQUEST_TIMEOUT_MS,
          topicMessages: [...request.slots].map(([topic, partitions]) => ({ topic, messages: messagesOf(partitions) })),
        });
        for (const { topicName, partition, baseOffset } of written) {
          settle(request, topicName, partition, Number(baseOffset));
        }
        for (const order of request.orders) {
          if (order.sent === order.entries.length) order.resolve(order.positions);
        }
      } catch (error) {
        // The numbers of the records that failed would be given to other records, which the broker would then take for
        // repeats of the failed ones and drop. A new producer numbers anew.
        await discard();
        const told = explain(error);
        for (const order of request.orders) {
          order.reject(told);
          const at = queue.indexOf(order);
          if (at >= 0) queue.splice(at, 1);
        }
      }
    }
    sending = undefined;
  }

  return {
    send(topic, entries, partitions) {
      if (closed) return Promise.reject(new KafkaLogError(`${topic}: expected an open log, got one that was closed`));
      return new Promise((resolve, reject) => {
        queue.push({ topic, entries, partitions, positions: new Array(entries.length), sent: 0, resolve, reject });
        sending ??= drain();
      });
    },
    async close() {
      closed = true;
      await sending;
      await discard();
    },
  };
}

/** Takes from the front of the queue what fits, in order; orders that are taken whole leave the queue. */
function nextRequest(queue: Order[]): Request {
  const slots: Request["slots"] = new Map();
  const orders = new Set<Order>();
  const bytes = new Map<Slot[], number>();
  let total = 0;
  for (let order = queue[0]; order !== undefined; order = queue[0]) {
    const partitions = slots.get(order.topic) ?? new Map<number, Slot[]>();
    slots.set(order.topic, partitions);
    while (order.sent < order.entries.length) {
      const entry = order.entries[order.sent];
      const partition = order.partitions[order.sent];
      if (entry === undefined || partition === undefined) throw new Error("expected a partition for each entry");
      const share = partitions.get(partition) ?? [];
      const size = entry.value.length + Buffer.byteLength(entry.key ?? "") + RECORD_BYTES;
      const shareBytes = (bytes.get(share) ?? 0) + size;
      const full = share.length >= BATCH_RECORDS || (share.length > 0 && shareBytes > BATCH_BYTES);
      if (full || (total > 0 && total + size > REQUEST_BYTES)) return trimmed({ slots, orders });
      partitions.set(partition, share);
      share.push({ order, index: order.sent });
      bytes.set(share, shareBytes);
      total += size;
      orders.add(order);
      order.sent += 1;
    }
    queue.shift();
  }
  return trimmed({ slots, orders });
}

function trimmed(request: Request): Request {
  for (const [topic, partitions] of request.slots) if (partitions.size === 0) request.slots.delete(topic);
  return request;
}

function messagesOf(partitions: ReadonlyMap<number, readonly Slot[]>): Message[] {
  const messages: Message[] = [];
  for (const [partition, slots] of partitions) {
    for (const { order, index } of slots) {
      const entry = order.entries[index];
      if (entry !== undefined) messages.push({ key: entry.key, value: entry.value, partition });
    }
  }
  return messages;
}

function settle(request: Request, topic: string, partition: number, base: number): void {
  if (!Number.isSafeInteger(base) || base < 0) {
    throw new KafkaLogError(`${topic}/${partition}: expected the offset of the first record written, got ${base}`);
  }
  request.slots
    .get(topic)
    ?.get(partition)
    ?.forEach(({ order, index }, i) => {
      order.positions[index] = { topic, partition, offset: base + i };
    });
}

function explain(error: unknown): unknown {
  if (!hasType(error, "MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE")) return error;
  return new KafkaLogError(
    `expected records of at most about ${BATCH_BYTES} bytes, got a larger one; raise message.max.bytes of the broker or max.message.bytes of the topic`,
    { cause: error },
  );
}
