import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import type { Log } from "../../infra/log/port.ts";
import { decodeDeadLetter } from "../../ingest/contracts/dead-letter.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { eventRoutes, type HttpOptions } from "../../ingest/http.ts";
import { openLog, readAll } from "./files.ts";
import { bytesOf, complaint, NOW, order } from "./samples.ts";

const NDJSON = { "content-type": "application/x-ndjson" };
const JSON_TYPE = { "content-type": "application/json" };
const running: { app: FastifyInstance; log: Log }[] = [];
afterEach(async () => {
  for (const { app, log } of running.splice(0)) {
    await app.close();
    await log.close();
  }
});

async function start(options: Partial<HttpOptions> = {}) {
  const log = await openLog();
  const app = fastify();
  await app.register(eventRoutes, { log, clock: () => NOW, ...options });
  running.push({ app, log });
  const post = async (payload: string | Buffer, headers: object = JSON_TYPE, stream = "orders") => {
    const url = `/v1/events/${stream}`;
    const response = await app.inject({ method: "POST", url, payload, headers: { ...headers } });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  const values = async (topic: string) => (await readAll(log, topic)).flat().map(({ value }) => value.toString());
  return { app, log, post, values };
}

describe("bodies", () => {
  test("one object, an array, lines, and lines nobody declared: each as it was sent", async () => {
    const { post, values } = await start();
    const sent = [1, 2, 3, 4, 5, 6].map(
      (n) => `{ "orderId":"O${n}", "kind":"paid","occurredAt":"2026-06-18T10:00:00Z"}`,
    );
    expect((await post(`\ufeff ${sent[0]}\n`)).status).toBe(200);
    expect((await post(`[${sent[1]} ,\n ${sent[2]}]`)).body).toMatchObject({ received: 2, accepted: 2, rejected: 0 });
    expect((await post(`${sent[3]}\r\n\n${sent[4]}`, NDJSON)).body).toMatchObject({ received: 2, accepted: 2 });
    expect((await post(`${sent[5]}\n${sent[0]}\n`)).body.received).toBe(2);
    expect((await values(TOPICS.orders)).sort()).toEqual([...sent, sent[0]].sort());
  });

  test("text with brackets, quotes and commas does not confuse where a record ends", async () => {
    const { post, values } = await start();
    const events = ['",]}[{', "\\", '\\"', "a,b"].map((text, n) =>
      JSON.stringify(complaint({ complaintId: `K${n}`, text })),
    );
    const { status, body } = await post(`[${events.join(",")}]`, JSON_TYPE, "complaints");
    expect([status, body.accepted]).toEqual([200, 4]);
    expect((await values(TOPICS.complaints)).sort()).toEqual([...events].sort());
  });

  test("gzip, and the empty array", async () => {
    const { post } = await start();
    const headers = { ...JSON_TYPE, "content-encoding": "gzip" };
    expect((await post(gzipSync(bytesOf([order(), order({ orderId: "O2" })])), headers)).body.accepted).toBe(2);
    expect(await post("[]")).toMatchObject({ status: 200, body: { received: 0, items: [] } });
  });
});

describe("verdicts", () => {
  test("mixed: each in its place, the bad ones as dead letters with their bytes", async () => {
    const { post, values } = await start();
    const lines = ["{oops", JSON.stringify(order({ eventId: "E1" })), JSON.stringify(order({ kind: "flew" }))];
    const { status, body } = await post(lines.join("\n"), NDJSON);
    expect(status).toBe(207);
    expect(body).toMatchObject({
      received: 3,
      accepted: 1,
      rejected: 2,
      items: [
        { status: "rejected", reason: "not_json" },
        { status: "accepted", eventId: "E1" },
        { status: "rejected", reason: "invalid" },
      ],
    });
    const letters = (await values(TOPICS.deadLetters)).map((value) => decodeDeadLetter(Buffer.from(value)));
    expect(letters).toMatchObject([
      { value: { source: "http", position: 1, stream: "orders", receivedAt: NOW, bytes: Buffer.from("{oops") } },
      { value: { position: 3, bytes: Buffer.from(lines[2] as string) } },
    ]);
  });

  test("a repeated send has the same name, another content under one name is taken and told apart later", async () => {
    const { post } = await start();
    const ids = [order(), order(), order({ region: "CN-11" })].map(
      async (event) => (await post(bytesOf(event))).body.items[0].eventId,
    );
    const [first, again, other] = await Promise.all(ids);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect((await post(bytesOf([order({ eventId: "E" }), order({ eventId: "E", value: 2 })]))).status).toBe(200);
  });

  test("none accepted is 422, and counted by reason", async () => {
    const counted: unknown[] = [];
    const metrics: HttpOptions["metrics"] = {
      accepted: (...args) => counted.push(args),
      rejected: (...args) => counted.push(args),
      refused: (...args) => counted.push(args),
    };
    const { post } = await start({ metrics });
    expect((await post(bytesOf(order({ occurredAt: "2099-01-01T00:00:00Z" })))).status).toBe(422);
    expect(counted).toEqual([
      ["orders", 0],
      ["orders", "time_in_future"],
    ]);
  });
});

describe("refusals take nothing and say what was expected", () => {
  test.each([
    ["an empty body", "", JSON_TYPE, 400, /at least one record/],
    ["an array that is not closed", `[${JSON.stringify(order())}`, JSON_TYPE, 400, /closed/],
    ["something after the array", "[] []", JSON_TYPE, 400, /nothing after/],
    ["an object that is not closed", '{"orderId":', JSON_TYPE, 400, /application\/x-ndjson/],
    ["a gzip that is none", "{}", { ...JSON_TYPE, "content-encoding": "gzip" }, 400, /gzip/],
    ["another type", "{}", { "content-type": "text/plain" }, 415, /application\/json/],
    ["another encoding", "{}", { ...JSON_TYPE, "content-encoding": "br" }, 415, /gzip/],
    ["too many bytes", Buffer.alloc(2000, "x"), JSON_TYPE, 413, /1000 bytes/],
    [
      "too many bytes inflated",
      gzipSync(Buffer.alloc(100_000)),
      { ...JSON_TYPE, "content-encoding": "gzip" },
      413,
      /5000 bytes/,
    ],
    ["too many records", "[1,2,3,4]", JSON_TYPE, 413, /3 records/],
    ["too many lines", "1\n2\n3\n4", NDJSON, 413, /3 records/],
  ])("%s", async (_, payload, headers, status, detail) => {
    const { post, log } = await start({ limits: { bodyBytes: 1000, inflatedBytes: 5000, records: 3 } });
    const answer = await post(payload, headers);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toMatch(detail);
    expect(await log.ends(TOPICS.deadLetters)).toEqual([0]);
  });

  test("an unknown stream gets the list", async () => {
    const { post } = await start();
    expect(await post("{}", JSON_TYPE, "returns")).toMatchObject({
      status: 404,
      body: { error: "unknown_stream", detail: "expected one of orders, complaints, context" },
    });
  });

  test("a log that refuses is 503 with Retry-After, and tells nothing of its reasons", async () => {
    const real = await openLog();
    const log: Log = { ...real, append: () => Promise.reject(new Error("ENOSPC /var/secret/path")) };
    const { post } = await start({ log });
    const { status, headers, body } = await post(bytesOf(order()));
    expect([status, headers["retry-after"]]).toEqual([503, "5"]);
    expect(JSON.stringify(body)).not.toMatch(/ENOSPC|secret/);
    await real.close();
  });

  test("a body that does not end is cut off with 408", async () => {
    const { app } = await start({ limits: { bodyMs: 50 } });
    const address = await app.listen({ host: "127.0.0.1", port: 0 });
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    const head =
      "POST /v1/events/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{";
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      socket.on("data", (piece) => (text += piece.toString()));
      socket.on("error", reject);
      socket.on("close", () => resolve(text));
      socket.write(head);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain("too_slow");
  });

  test("a sender who goes away in the middle leaves nothing behind", async () => {
    const { app, log } = await start();
    const address = await app.listen({ host: "127.0.0.1", port: 0 });
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    const event = JSON.stringify(order());
    const head = `POST /v1/events/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${event.length + 1}`;
    await new Promise<void>((resolve) => socket.write(`${head}\r\n\r\n${event}`, () => resolve()));
    socket.destroy();
    const ok = await fetch(`${address}/v1/events/orders`, { method: "POST", headers: JSON_TYPE, body: event });
    expect(ok.status).toBe(200);
    expect((await log.ends(TOPICS.orders)).reduce((sum, end) => sum + end, 0)).toBe(1);
  });
});

test("the answer comes after the records are in the log", async () => {
  const real = await openLog();
  const done: string[] = [];
  const log: Log = {
    ...real,
    async append(topic, entries) {
      const positions = await real.append(topic, entries);
      done.push(topic);
      return positions;
    },
  };
  const { post } = await start({ log });
  await post(bytesOf([order(), 1]));
  expect(done).toEqual([TOPICS.orders, TOPICS.deadLetters]);
  await real.close();
});
