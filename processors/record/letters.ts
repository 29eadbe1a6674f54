import type { Consumer } from "../../infra/log/port.ts";
import { decodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import type { Position } from "../shell/partition.ts";
import { progressRow, type Wiring } from "../shell/run.ts";

const TOPIC = TOPICS.deadLetters;

/**
 * Keeps dead letters where people can look for them. What was refused at the edge never reached a topic of
 * events, so it is counted as received here; what a process refused was counted by that process.
 */
export async function runLetters(wiring: Wiring): Promise<Consumer> {
  const { log, store } = wiring;
  const position: Position = { nextOffset: 0, watermark: 0, received: 0, rejected: 0, late: 0 };
  let consumer: Consumer | undefined;
  consumer = await log.consume({
    group: "tocsin-letters",
    topics: [TOPIC],
    async assigned() {
      const [saved] = await store.query<Record<"next" | "received" | "rejected", number>>(
        `SELECT toFloat64(next_offset) AS next, toFloat64(received) AS received, toFloat64(rejected) AS rejected
         FROM progress FINAL WHERE process = 'record' AND topic = {topic:String}`,
        { topic: TOPIC },
      );
      position.nextOffset = saved?.next ?? 0;
      position.received = saved?.received ?? 0;
      position.rejected = saved?.rejected ?? 0;
      return [{ topic: TOPIC, partition: 0, offset: position.nextOffset }];
    },
    async revoked() {},
    async onBatch({ partition, records, end }) {
      const rows = wiring.writer.collect();
      const before = position.rejected;
      for (const record of records) {
        if (record.offset < position.nextOffset) continue;
        position.nextOffset = record.offset + 1;
        const letter = decodeDeadLetter(record.value);
        if (letter.kind === "reject") {
          // A letter nobody can read is counted and stays in the topic: there is nowhere further to send it.
          position.rejected += 1;
          continue;
        }
        const { letterId, origin, stream, source, position: at, reason, detail, bytes, receivedAt } = letter.value;
        if (origin === "edge") position.received += 1;
        rows.out("dead_letters", {
          letter_id: letterId,
          stream,
          source,
          position: at,
          reason,
          detail,
          bytes: bytes.toString("base64"),
          received_at: receivedAt,
          offset: record.offset,
        });
      }
      await wiring.writer.write(rows, progressRow("record", TOPIC, partition, position, 0));
      await consumer?.commit([{ topic: TOPIC, partition, offset: position.nextOffset }]);
      wiring.onBatch({
        process: "record",
        topic: TOPIC,
        partition,
        records: records.length,
        rejected: position.rejected - before,
        late: 0,
        open: 0,
        behind: Math.max(0, end - position.nextOffset),
        next: position.nextOffset,
        appendedAt: records.at(-1)?.appendedAt ?? 0,
        watermark: position.watermark,
      });
    },
  });
  return consumer;
}
