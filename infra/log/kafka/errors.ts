/** What kafkajs says about an error in words of the protocol: its own errors carry a type, sockets' a code. */
function* causes(error: unknown): Generator<Error> {
  const seen = new Set<unknown>();
  for (let e = error; e instanceof Error && !seen.has(e); e = e.cause) {
    seen.add(e);
    yield e;
    // Several topics, several verdicts.
    if ("errors" in e && Array.isArray(e.errors)) for (const inner of e.errors) yield* causes(inner);
  }
}

/** Whether the error or a cause of it has one of these protocol types, such as `MESSAGE_TOO_LARGE`. */
export function hasType(error: unknown, ...types: string[]): boolean {
  for (const e of causes(error)) if ("type" in e && typeof e.type === "string" && types.includes(e.type)) return true;
  return false;
}

/** The group has moved on without this member or this generation of it: what it held is not its own any more. */
export function isRebalance(error: unknown): boolean {
  return hasType(
    error,
    "REBALANCE_IN_PROGRESS",
    "ILLEGAL_GENERATION",
    "UNKNOWN_MEMBER_ID",
    "NOT_COORDINATOR_FOR_GROUP",
  );
}

export class KafkaLogError extends Error {
  override readonly name = "KafkaLogError";
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
