import { PassThrough, type Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../infra/log/port.ts";
import { accept, LogRefused, type Verdict } from "./accept.ts";
import { splitBody } from "./body.ts";
import type { RejectReason } from "./contracts/outcome.ts";
import { STREAMS, type Stream } from "./contracts/topics.ts";
import { judge } from "./edge.ts";
import { type Admission, createAdmission } from "./http/admission.ts";
import { Refusal, tooLarge } from "./http/refusal.ts";
import type { Sender } from "./http/tokens.ts";

export interface HttpLimits {
  /** Bytes of a body as it is sent. */
  readonly bodyBytes: number;
  /** Bytes of a body once it is inflated. */
  readonly inflatedBytes: number;
  /** Bytes of all bodies in work at a time, inflated ones as they are then. */
  readonly heldBytes: number;
  /** Records in a body. */
  readonly records: number;
  /** Ms from the head of a request to the end of its body. */
  readonly bodyMs: number;
  /** Seconds after which to try again when the log refuses. */
  readonly retryAfterS: number;
}

export const HTTP_LIMITS: HttpLimits = {
  bodyBytes: 8 << 20,
  inflatedBytes: 16 << 20,
  heldBytes: 128 << 20,
  records: 20_000,
  bodyMs: 30_000,
  retryAfterS: 5,
};

/** Told what became of every record, once a request is answered. */
export interface IngestMetrics {
  accepted(stream: Stream, count: number): void;
  rejected(stream: Stream, reason: RejectReason): void;
  /** The log refused a whole request. */
  refused(stream: Stream): void;
}

export interface HttpOptions {
  readonly log: Log;
  /** Wall clock in ms: when a request arrived. */
  readonly clock: () => number;
  /** Who may send. Without it everybody may: only for a door that nobody but this machine can reach. */
  readonly senders?: readonly Sender[] | undefined;
  readonly limits?: Partial<HttpLimits>;
  readonly metrics?: IngestMetrics;
}

const JSON_TYPES: ReadonlySet<string> = new Set(["application/json"]);
const LINE_TYPES: ReadonlySet<string> = new Set(["application/x-ndjson", "application/ndjson", "application/jsonl"]);
const inflate = promisify(gunzip);

type EventsRoute = { Params: { stream: string }; Body: Buffer | undefined };

/**
 * Takes events over HTTP, as a fastify plugin: `POST /v1/events/{orders,complaints,context}` with one object, an
 * array, or NDJSON (as `application/x-ndjson`, or seen in `application/json`), gzipped if so declared. It answers
 * when the records are durable, with a verdict for each in the order they came.
 *
 * | status | means |
 * |---|---|
 * | 200 | all records are accepted, or there were none in the array |
 * | 207 | some are accepted; the rest are dead letters |
 * | 422 | none is accepted; all are dead letters |
 * | 400 | the body cannot be cut into records, or is not the gzip it says; nothing was taken |
 * | 401 | no token, or none that is known here; nothing was taken |
 * | 403 | the token is not for this stream; nothing was taken |
 * | 404 | no such stream; the answer lists them |
 * | 408 | the body took too long; nothing was taken |
 * | 413 | too many bytes or records; nothing was taken |
 * | 415 | neither JSON nor NDJSON, or an encoding that is not gzip; nothing was taken |
 * | 429 | more requests than the token may send; nothing was taken, try again after `Retry-After` |
 * | 503 | the log refused, or too much is being received; some may be in it: send all again after `Retry-After`, a repeated event is one event |
 */
export async function eventRoutes(app: FastifyInstance, options: HttpOptions): Promise<void> {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const { log, clock, metrics } = options;
  const admission = await createAdmission(app, options.senders, limits.heldBytes);

  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, limits));

  app.post<EventsRoute>("/v1/events/:stream", {
    bodyLimit: limits.bodyBytes,
    // Before the body is read: who sends what nobody takes need not send it all.
    onRequest: async (request, reply) => {
      const sender = await admission.admit(request);
      const stream = streamOf(request.params.stream);
      if (sender && !sender.streams.includes(stream)) {
        throw new Refusal(
          403,
          "forbidden",
          `expected a token for ${stream}, this one is for ${sender.streams.join(", ")}`,
        );
      }
      typeOf(request.headers["content-type"]);
      encodingOf(request.headers["content-encoding"]);
      admission.hold(reply, declared(request.headers["content-length"], limits.bodyBytes));
    },
    preParsing: async (_request, reply, payload) => withDeadline(payload as Readable, limits.bodyMs, reply),
    handler: async (request, reply) => {
      const receivedAt = clock();
      const stream = streamOf(request.params.stream);
      const body = await plain(request, reply, limits.inflatedBytes, admission);
      const cut = splitBody(body, typeOf(request.headers["content-type"]) === "lines", limits.records);
      if (cut.kind === "unreadable") throw new Refusal(400, "unreadable", cut.detail);
      if (cut.kind === "too_many") throw tooLarge(`expected at most ${limits.records} records`);
      const judged = cut.records.map((bytes, index) =>
        judge(stream, bytes, { source: "http", position: index + 1 }, receivedAt),
      );
      const items = await accept(log, judged).catch((error: unknown) => {
        if (error instanceof LogRefused) metrics?.refused(stream);
        throw error;
      });
      const accepted = items.filter(({ status }) => status === "accepted").length;
      metrics?.accepted(stream, accepted);
      for (const item of items) if (item.status === "rejected") metrics?.rejected(stream, item.reason);
      return reply.code(statusOf(items.length, accepted)).send(answer(items, accepted));
    },
  });
}

interface Answer {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly items: readonly Verdict[];
}

const answer = (items: readonly Verdict[], accepted: number): Answer => ({
  received: items.length,
  accepted,
  rejected: items.length - accepted,
  items,
});

const statusOf = (received: number, accepted: number): number =>
  accepted === received ? 200 : accepted > 0 ? 207 : 422;

/** Bytes that may come: what the sender says, or as many as a body may have. */
function declared(header: string | undefined, most: number): number {
  const bytes = Number(header);
  return header !== undefined && bytes >= 0 && bytes <= most ? bytes : most;
}

function streamOf(name: string): Stream {
  const stream = STREAMS.find((one) => one === name);
  if (stream === undefined) throw new Refusal(404, "unknown_stream", `expected one of ${STREAMS.join(", ")}`);
  return stream;
}

function typeOf(header: string | undefined): "json" | "lines" {
  const type = header?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (JSON_TYPES.has(type)) return "json";
  if (LINE_TYPES.has(type)) return "lines";
  throw new Refusal(415, "unsupported_type", "expected content-type application/json or application/x-ndjson");
}

function encodingOf(header: string | undefined): "gzip" | "identity" {
  const encoding = header?.trim().toLowerCase() ?? "identity";
  if (encoding === "gzip" || encoding === "identity") return encoding;
  throw new Refusal(415, "unsupported_encoding", "expected content-encoding gzip, or none");
}

async function plain(
  { body, headers }: FastifyRequest<EventsRoute>,
  reply: FastifyReply,
  most: number,
  admission: Admission,
): Promise<Buffer> {
  const sent = body ?? Buffer.alloc(0);
  if (encodingOf(headers["content-encoding"]) === "identity") return sent;
  let inflated: Buffer;
  try {
    inflated = await inflate(sent, { maxOutputLength: most });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(`expected at most ${most} bytes after inflating`);
    }
    throw new Refusal(400, "unreadable", "expected a gzip body, as its content-encoding says");
  }
  admission.hold(reply, inflated.length);
  return inflated;
}

/** The same body, failing with 408 when it is not over in time: a slow sender must not hold a connection for ever. */
function withDeadline(payload: Readable, ms: number, reply: FastifyReply): Readable {
  const body = new PassThrough();
  const timer = setTimeout(() => {
    payload.unpipe(body);
    body.destroy(new Refusal(408, "too_slow", `expected the whole body within ${ms} ms`));
  }, ms);
  const over = () => clearTimeout(timer);
  body.once("close", over);
  // A body that is refused for its length is never read: its time must not run out on an answered request,
  // nor its end find nobody listening.
  reply.raw.once("finish", over);
  reply.raw.once("close", over);
  body.on("error", over);
  payload.once("error", (error) => body.destroy(error));
  payload.once("aborted", () => body.destroy());
  return payload.pipe(body);
}

function answerError(
  error: FastifyError | Refusal,
  request: FastifyRequest,
  reply: FastifyReply,
  limits: HttpLimits,
): FastifyReply {
  if (error instanceof Refusal) {
    return reply.code(error.statusCode).headers(error.headers).send({ error: error.error, detail: error.message });
  }
  if (error instanceof LogRefused) {
    request.log.error({ err: error }, "AppendFailed");
    const detail = "the log does not take records at the moment; send the request again";
    return reply.code(503).header("retry-after", limits.retryAfterS).send({ error: "log_unavailable", detail });
  }
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return answerError(tooLarge(`expected at most ${limits.bodyBytes} bytes`), request, reply, limits);
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return reply.code(error.statusCode).send({ error: "bad_request", detail: "expected a well-formed HTTP request" });
  }
  request.log.error({ err: error }, "RequestFailed");
  return reply.code(500).send({ error: "internal", detail: "the request failed on our side" });
}
