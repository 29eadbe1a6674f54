const NAME = /^[A-Za-z0-9._-]{1,249}$/;

/** Checks what `ensure` is given, by Kafka's rules, so that a topic of one log can live in the other. */
export function checkTopics(topics: Readonly<Record<string, number>>): void {
  for (const [topic, partitions] of Object.entries(topics)) {
    if (!NAME.test(topic) || topic === "." || topic === "..") {
      throw new RangeError(`topic: expected 1..249 of A-Z a-z 0-9 . _ -, got ${JSON.stringify(topic)}`);
    }
    if (!Number.isInteger(partitions) || partitions < 1 || partitions > 10_000) {
      throw new RangeError(`topic ${topic}: expected 1..10000 partitions, got ${partitions}`);
    }
  }
}

export class TopicError extends Error {
  override readonly name = "TopicError";
}

export function unknownTopic(topic: string): TopicError {
  return new TopicError(`topic ${topic}: expected it to exist, got none of that name; create it with ensure`);
}

export function otherPartitions(topic: string, expected: number, got: number): TopicError {
  return new TopicError(
    `topic ${topic}: expected ${expected} partitions, got ${got}; keys would change their partition, so the count of a topic is never changed`,
  );
}
