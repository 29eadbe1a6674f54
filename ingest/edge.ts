import type { Entry } from "../infra/log/port.ts";
import { encodeDeadLetter } from "./contracts/dead-letter.ts";
import type { Reject, RejectReason } from "./contracts/outcome.ts";
import { isAhead, keyOf, MAX_RECORD_BYTES, type Reading, readBytes, timeOf } from "./contracts/read.ts";
import type { Stream } from "./contracts/topics.ts";

/** Where a record came from. */
export interface Origin {
  /** `http` or a file name. */
  readonly source: string;
  /** Line of the file or item of the request, from 1. */
  readonly position: number;
  /** Bytes of the whole record when only its beginning is at hand. */
  readonly length?: number;
}

export type Judged =
  | {
      readonly kind: "entry";
      readonly stream: Stream;
      readonly entry: Entry;
      readonly reading: Reading;
      /** When it happened, in ms; undefined of what is announced for later and happens when it is read. */
      readonly at: number | undefined;
    }
  | {
      readonly kind: "letter";
      /** For the topic of dead letters. */
      readonly entry: Entry;
      readonly reason: RejectReason;
      readonly detail: string;
      readonly at: undefined;
    };

/**
 * Decides what becomes of the bytes of one record: an entry for its topic, or a dead letter. Total: every
 * input has an answer, and the same input at the same `receivedAt` the same one.
 * @param stream  the contract the sender named; undefined when the record itself has to tell
 * @param receivedAt  arrival in ms since 1970: a time a day later than this is refused
 */
export function judge(stream: Stream | undefined, bytes: Buffer, origin: Origin, receivedAt: number): Judged {
  const length = origin.length ?? bytes.length;
  if (length > MAX_RECORD_BYTES) {
    const kept = bytes.subarray(0, MAX_RECORD_BYTES);
    const detail = `expected at most ${MAX_RECORD_BYTES} bytes, got ${length}; the first ${kept.length} are kept`;
    return letter(stream, kept, origin, receivedAt, { kind: "reject", reason: "too_large", detail });
  }
  const { stream: told, outcome } = readBytes(stream, bytes, receivedAt);
  if (told === undefined || outcome.kind !== "ok") return letter(told, bytes, origin, receivedAt, outcome as Reject);
  const { contents } = outcome.value;
  return {
    kind: "entry",
    stream: told,
    entry: { key: keyOf(told, contents), value: bytes },
    reading: outcome.value,
    at: isAhead(contents) ? undefined : timeOf(contents),
  };
}

function letter(stream: Stream | undefined, bytes: Buffer, origin: Origin, receivedAt: number, why: Reject): Judged {
  const { reason, detail } = why;
  const { source, position } = origin;
  const { letterId, value } = encodeDeadLetter({
    origin: "edge",
    stream: stream ?? "unknown",
    source,
    position,
    reason,
    detail,
    bytes,
    receivedAt,
  });
  return { kind: "letter", entry: { key: letterId, value }, reason, detail, at: undefined };
}
