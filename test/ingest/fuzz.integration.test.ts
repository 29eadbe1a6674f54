import { Agent, request } from "node:http";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import fastify from "fastify";
import { expect, test } from "vitest";
import { seededRandom } from "../../forecasting/math/random.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { eventRoutes } from "../../ingest/http.ts";
import { openLog, readAll } from "./files.ts";
import { bytesOf, NOW, order } from "./samples.ts";

const REQUESTS = 10_000;
const AT_ONCE = 16;
/** Growth in the second half of the requests: what is kept of each would be ten times this. */
const MEMORY_MB = 100;

/** A few kilobytes that become more than a body may be. */
const BOMB = gzipSync(Buffer.alloc(17 << 20));
/** What no answer says: a trace, a path, an error of the system. */
const OURS = /node_modules|\.ts\b|\.js:\d|\bat \w+ \(|\/home\/|\/tmp\/|ECONN|ENO/;

test("ten thousand malformed requests: no crash, no leak, and every good event among them is in the log", {
  timeout: 240_000,
}, async () => {
  const log = await openLog();
  const app = fastify({ http: { headersTimeout: 2000, connectionsCheckingInterval: 200 } });
  await app.register(eventRoutes, { log, clock: () => NOW, limits: { bodyMs: 500 } });
  const { port } = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  const random = seededRandom(20_261_122);
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const acknowledged: string[] = [];
  const statuses = new Map<number | string, number>();
  let settled = 0;

  async function one(n: number): Promise<void> {
    if (n === REQUESTS / 2) settled = rss();
    if (n % 10 === 0) {
      const orderId = `good-${n}`;
      const answer = await send(agent, port, { body: bytesOf(order({ orderId })) });
      expect(answer.status).toBe(200);
      acknowledged.push(orderId);
      return;
    }
    const bad = malformed(random);
    const answer = "raw" in bad ? await sendRaw(port, bad.raw) : await send(agent, port, bad);
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    expect(answer.status, answer.text).not.toBe(500);
    expect(answer.text).not.toMatch(OURS);
  }

  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < REQUESTS) await one(next++);
    }),
  );
  const grown = rss() - settled;
  agent.destroy();
  await app.close();

  const stored = (await readAll(log, TOPICS.orders)).flat().map(({ value }) => value.toString("latin1"));
  const goods = stored.flatMap((text) => /"orderId":"(good-\d+)"/.exec(text)?.[1] ?? []);
  await log.close();
  expect(goods.sort()).toEqual(acknowledged.sort());
  expect(goods.length).toBe(REQUESTS / 10);
  // Every kind of refusal came up: a fuzz that only meets one door tests one door.
  for (const status of [400, 404, 413, 415, 422]) expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(20);
  expect(grown).toBeLessThan(MEMORY_MB);
  expect({}.constructor).toBe(Object);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const rss = (): number => process.memoryUsage().rss / 2 ** 20;

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body: Buffer;
}

/** One request that is wrong in some way; a few are right by chance, which is as good. */
function malformed(random: () => number): Sent | { readonly raw: Buffer } {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const noise = (most: number) =>
    Buffer.from(Array.from({ length: random() * most }, () => Math.floor(random() * 256)));
  const good = () => bytesOf(order({ orderId: `bad-${random()}` }));
  const cut = (bytes: Buffer) => bytes.subarray(0, Math.floor(random() * bytes.length));
  const flipped = (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    for (let n = 1 + random() * 4; n > 0; n--) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
    return copy;
  };
  const deep = (open: string, depth: number) => Buffer.from(open.repeat(depth));
  const lines = { "content-type": "application/x-ndjson" };
  const zip = { "content-encoding": "gzip" };
  const key = pick(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "", "\\u0000"]);
  const kinds: (() => Sent | { raw: Buffer })[] = [
    () => ({ body: cut(good()) }),
    () => ({ body: flipped(good()) }),
    () => ({ body: flipped(good()), headers: lines }),
    () => ({ body: noise(300) }),
    () => ({ body: noise(300), headers: lines }),
    () => ({ body: noise(300), headers: zip }),
    () => ({ body: deep(pick(["[", "{", '{"a":', '[{"a":']), pick([10, 1000, 100_000])) }),
    () => ({ body: Buffer.from(`{"orderId":${"[".repeat(5000)}${"]".repeat(5000)},"kind":"paid"}`) }),
    () => ({
      body: Buffer.from(
        `{"orderId":"x","kind":"paid","occurredAt":"2026-06-18T10:00:00Z","x":${"[".repeat(3000)}${"]".repeat(3000)}}`,
      ),
    }),
    () => ({
      body: Buffer.from(`{"${key}":{"polluted":1},"orderId":"p","kind":"paid","occurredAt":"2026-06-18T10:00:00Z"}`),
    }),
    () => ({
      body: Buffer.from(
        `{"orderId":"h","kind":"paid","occurredAt":"2026-06-18T10:00:00Z","value":${pick(["1e999", "-1", "1".repeat(400), "0x1", "NaN", "1e-400"])}}`,
      ),
    }),
    () => ({ body: bytesOf(order({ orderId: "x".repeat(pick([129, 10_000, 300_000])) })) }),
    () => ({ body: bytesOf(order({ kind: key, occurredAt: pick(["", "now", "2026-13-01T00:00:00Z", 7, null]) })) }),
    () => ({ body: bytesOf(pick([null, 7, "x", [], [[]], [null, 1], {}, [{}]])) }),
    () => ({ body: Buffer.from(`[${"{},".repeat(20_001)}{}]`) }),
    () => ({ body: Buffer.alloc(0) }),
    () => ({ body: cut(gzipSync(good())), headers: zip }),
    () => ({ body: BOMB, headers: zip }),
    () => ({ body: good(), headers: { "content-encoding": pick(["br", "deflate", "gzip, gzip", "x"]) } }),
    () => ({
      body: good(),
      headers: { "content-type": pick(["text/plain", "application/xml", "", "application/json2"]) },
    }),
    () => ({
      body: good(),
      path: pick([
        "/v1/events/",
        "/v1/events/nope",
        "/v1/events/__proto__",
        "/v1/events/%00",
        "/v1/events/..%2f..%2fetc",
      ]),
    }),
    () => ({ body: good(), method: pick(["PUT", "PATCH", "DELETE", "OPTIONS"]) }),
    () => ({ raw: noise(200) }),
    () => ({
      raw: Buffer.concat([
        Buffer.from("POST /v1/events/orders HTTP/1.1\r\nhost: x\r\n"),
        noise(100),
        Buffer.from("\r\n\r\n"),
      ]),
    }),
    () => ({
      raw: Buffer.from(
        `POST /v1/events/orders HTTP/1.1\r\nhost: x\r\ncontent-length: ${pick(["-1", "1e9", "99999999999", "x", "5, 6"])}\r\ncontent-type: application/json\r\n\r\n{}`,
      ),
    }),
    () => ({
      raw: Buffer.from(
        "POST /v1/events/orders HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\nzz\r\n{}\r\n",
      ),
    }),
    () => ({ raw: Buffer.from(`GET /${"a".repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`) }),
    () => ({ raw: Buffer.from(`POST /v1/events/orders HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(20_000)}\r\n\r\n`) }),
  ];
  return pick(kinds)();
}

interface Answer {
  readonly status: number | "closed";
  readonly text: string;
}

function send(
  agent: Agent,
  port: string,
  { method = "POST", path = "/v1/events/orders", headers, body }: Sent,
): Promise<Answer> {
  return new Promise((resolve) => {
    const all = { "content-type": "application/json", "content-length": String(body.length), ...headers };
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers: all, agent }, (incoming) => {
      let text = "";
      incoming.setEncoding("latin1");
      incoming.on("data", (piece) => (text += piece));
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? "closed", text }));
      incoming.on("error", () => resolve({ status: incoming.statusCode ?? "closed", text }));
    });
    // A body that is refused before it is read may end in a reset: the answer came, or nothing did.
    outgoing.on("error", () => resolve({ status: "closed", text: "" }));
    outgoing.end(body);
  });
}

function sendRaw(port: string, raw: Buffer): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), "127.0.0.1");
    let text = "";
    socket.on("data", (piece) => (text += piece.toString("latin1")));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      const [head = "", body = ""] = text.split("\r\n\r\n", 2);
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0) || "closed", text: body });
    });
    socket.end(raw);
  });
}
