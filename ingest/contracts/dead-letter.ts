import { z } from "zod";
import { digest } from "./canonical.ts";
import { type Outcome, REJECT_REASONS, reject } from "./outcome.ts";
import { MAX_RECORD_BYTES } from "./read.ts";
import { STREAMS } from "./topics.ts";

/**
 * A record that could not be used, as it travels on `tocsin.dead-letters.v1`: everything needed to see why,
 * and the original bytes to send it again once the reason is gone.
 */
export const deadLetter = z
  .object({
    letterId: z
      .string()
      .min(1)
      .meta({ description: "Made from the stream and the bytes: the same record twice is one" }),
    origin: z.enum(["edge", "log"]).meta({ description: "Refused on its way in, or read from a topic and refused" }),
    stream: z.enum([...STREAMS, "unknown"]),
    source: z.string().meta({ description: "http, a file name, or topic/partition" }),
    position: z.number().int().min(0).meta({ description: "Line of the file, item of the request, or offset" }),
    reason: z.enum(REJECT_REASONS),
    detail: z.string(),
    bytes: z.base64().meta({ description: "The original record; of one too large, its beginning" }),
    receivedAt: z.iso.datetime(),
  })
  .meta({ id: "DeadLetter", description: "A record that could not be used, and why" });

type Wire = z.output<typeof deadLetter>;
/** The same in the program: bytes as bytes, `receivedAt` in ms since 1970. */
export type DeadLetter = Omit<Wire, "bytes" | "receivedAt"> & { readonly bytes: Buffer; readonly receivedAt: number };

export const letterIdOf = (stream: DeadLetter["stream"], bytes: Buffer): string =>
  digest(Buffer.concat([Buffer.from(`${stream}\n`), bytes]));

/**
 * One letter as bytes for the log; fields always in the same order, so equal letters are equal bytes.
 * Of a record larger than the contracts allow the beginning is kept: whole, it would be too large for the log itself.
 */
export function encodeDeadLetter(letter: Omit<DeadLetter, "letterId">): { letterId: string; value: Buffer } {
  const { origin, stream, source, position, reason, detail, receivedAt } = letter;
  const bytes = letter.bytes.subarray(0, MAX_RECORD_BYTES);
  const letterId = letterIdOf(stream, bytes);
  const wire: Wire = {
    letterId,
    origin,
    stream,
    source,
    position,
    reason,
    detail,
    bytes: bytes.toString("base64"),
    receivedAt: new Date(receivedAt).toISOString(),
  };
  return { letterId, value: Buffer.from(JSON.stringify(wire)) };
}

/** Reads what `encodeDeadLetter` wrote; anything else on the topic is a value, not an exception. */
export function decodeDeadLetter(value: Buffer): Outcome<DeadLetter> {
  let object: unknown;
  try {
    object = JSON.parse(value.toString("utf8"));
  } catch (error) {
    return reject("not_json", (error as Error).message);
  }
  const parsed = deadLetter.safeParse(object);
  if (!parsed.success) return reject("invalid", z.prettifyError(parsed.error));
  const { bytes, receivedAt, ...rest } = parsed.data;
  return { kind: "ok", value: { ...rest, bytes: Buffer.from(bytes, "base64"), receivedAt: Date.parse(receivedAt) } };
}
