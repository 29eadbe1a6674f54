import type { Entry, Log } from "../infra/log/port.ts";
import type { RejectReason } from "./contracts/outcome.ts";
import { eventIdOf } from "./contracts/read.ts";
import { TOPICS, type Topic } from "./contracts/topics.ts";
import type { Judged } from "./edge.ts";

export type Verdict =
  | { readonly status: "accepted"; readonly eventId: string }
  | { readonly status: "rejected"; readonly reason: RejectReason; readonly detail: string };

/** The log would not take it. What was sent may be sent again: a repeated event is one event. */
export class LogRefused extends Error {
  override readonly name = "LogRefused";
}

const topicOf = (judged: Judged): Topic => (judged.kind === "entry" ? TOPICS[judged.stream] : TOPICS.deadLetters);

/** Entries by topic, each in the order given. */
export function byTopic(judged: readonly Judged[]): Map<Topic, Entry[]> {
  const entries = new Map<Topic, Entry[]>();
  for (const one of judged) {
    const topic = topicOf(one);
    const list = entries.get(topic);
    if (list) list.push(one.entry);
    else entries.set(topic, [one.entry]);
  }
  return entries;
}

/**
 * Makes judged records durable: events in their topics, the rest as dead letters, one append a topic.
 * @returns  a verdict for each, in order, once all of them are durable
 * @throws LogRefused when an append fails; some of the records may be in the log
 */
export async function accept(log: Log, judged: readonly Judged[]): Promise<readonly Verdict[]> {
  try {
    for (const [topic, entries] of byTopic(judged)) await log.append(topic, entries);
  } catch (cause) {
    throw new LogRefused("the log did not take the records", { cause });
  }
  return judged.map((one) =>
    one.kind === "entry"
      ? { status: "accepted", eventId: eventIdOf(one.stream, one.reading) }
      : { status: "rejected", reason: one.reason, detail: one.detail },
  );
}
