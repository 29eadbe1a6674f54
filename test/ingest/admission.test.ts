import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import fastify, { type FastifyInstance } from "fastify";
import { afterEach, describe, expect, test } from "vitest";
import type { Log } from "../../infra/log/port.ts";
import { STREAMS, TOPICS } from "../../ingest/contracts/topics.ts";
import { createBudget } from "../../ingest/http/budget.ts";
import { createToken, type Sender, senderOf } from "../../ingest/http/tokens.ts";
import { eventRoutes, type HttpOptions } from "../../ingest/http.ts";
import { openLog } from "./files.ts";
import { bytesOf, NOW, order } from "./samples.ts";

const running: { app: FastifyInstance; log: Log }[] = [];
afterEach(async () => {
  for (const { app, log } of running.splice(0)) {
    await app.close();
    await log.close();
  }
});

const shop = createToken();
const desk = createToken();
const senders: Sender[] = [
  { name: "shop", sha256: shop.sha256, streams: [...STREAMS], requestsPerMinute: 3 },
  { name: "desk", sha256: desk.sha256, streams: ["complaints"], requestsPerMinute: 100 },
];

async function start(options: Partial<HttpOptions> = {}, wrap: (log: Log) => Log = (log) => log) {
  const log = await openLog();
  const app = fastify();
  await app.register(eventRoutes, { log: wrap(log), clock: () => NOW, senders, ...options });
  running.push({ app, log });
  const post = (authorization?: string, payload: Buffer = bytesOf(order()), headers: object = {}) =>
    app.inject({
      method: "POST",
      url: "/v1/events/orders",
      payload,
      headers: {
        "content-type": "application/json",
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
    });
  return { app, log, post };
}

describe("who may send", () => {
  test("a known token, and nothing that looks like one", async () => {
    const { post, log } = await start();
    const wrong = [undefined, "", "Bearer", "Bearer ", "Basic x", shop.token, `Bearer ${shop.token}x`, "Bearer tcs_"];
    for (const given of [...wrong, `Bearer ${shop.sha256}`, `Bearer ${shop.token.slice(0, -1)}`]) {
      const answer = await post(given);
      expect([answer.statusCode, answer.headers["www-authenticate"]], String(given)).toEqual([401, "Bearer"]);
      expect(answer.body).not.toContain("tcs_");
    }
    expect(await log.ends(TOPICS.orders)).toEqual([0, 0, 0]);
    expect((await post(`Bearer ${shop.token}`)).statusCode).toBe(200);
    expect((await post(`bearer  ${shop.token}`)).statusCode).toBe(200);
  });

  test("a token is for its streams", async () => {
    const { post } = await start();
    const answer = await post(`Bearer ${desk.token}`);
    expect([answer.statusCode, answer.json().error]).toEqual([403, "forbidden"]);
  });

  test("tokens are all different, and a sender is found by his own alone", () => {
    const made = Array.from({ length: 50 }, createToken);
    expect(new Set(made.map(({ token }) => token)).size).toBe(50);
    const all = made.map(({ sha256 }, n) => ({ name: `s${n}`, sha256, streams: [...STREAMS], requestsPerMinute: 1 }));
    for (const [n, { token }] of made.entries()) expect(senderOf(all, `Bearer ${token}`)?.name).toBe(`s${n}`);
    fc.assert(fc.property(fc.string(), (text) => senderOf(all, text) === undefined));
  });
});

describe("how much", () => {
  test("a sender above its rate is told when to come back; the others go on", async () => {
    const { post } = await start();
    for (let n = 0; n < 3; n++) expect((await post(`Bearer ${shop.token}`)).statusCode).toBe(200);
    const above = await post(`Bearer ${shop.token}`);
    expect([above.statusCode, above.json().error]).toEqual([429, "too_many_requests"]);
    expect(Number(above.headers["retry-after"])).toBeGreaterThan(0);
    expect((await post(`Bearer ${desk.token}`)).statusCode).toBe(403);
  });

  test("an address that tries tokens is stopped, and known tokens from it are not", async () => {
    const { post } = await start();
    const codes = [];
    for (let n = 0; n < 70; n++) codes.push((await post(`Bearer guess${n}`)).statusCode);
    expect(new Set(codes.slice(0, 60))).toEqual(new Set([401]));
    expect(new Set(codes.slice(60))).toEqual(new Set([429]));
    expect((await post(`Bearer ${shop.token}`)).statusCode).toBe(200);
  });

  test("bytes in work are bounded: above it 503, and they come back with the answer", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = (log: Log): Log => ({
      ...log,
      async append(topic, entries) {
        await gate;
        return log.append(topic, entries);
      },
    });
    const big = bytesOf(Array.from({ length: 50 }, (_, n) => order({ orderId: `O${n}` })));
    const { post, log } = await start({ senders: undefined, limits: { heldBytes: 1.5 * big.length } }, slow);
    const first = post(undefined, big);
    await new Promise((resolve) => setImmediate(resolve));
    const second = await post(undefined, big);
    expect([second.statusCode, second.json().error, second.headers["retry-after"]]).toEqual([503, "busy", "1"]);
    release();
    expect((await first).statusCode).toBe(200);
    expect((await post(undefined, big)).statusCode).toBe(200);
    // Inflated bytes count as what they are, and one body alone is always let in.
    expect((await post(undefined, gzipSync(big), { "content-encoding": "gzip" })).statusCode).toBe(200);
    expect((await log.ends(TOPICS.orders)).reduce((sum, end) => sum + end, 0)).toBe(150);
  });

  test("a sender who goes away gives his bytes back", async () => {
    const { app, post } = await start({ senders: undefined, limits: { heldBytes: 1000 } });
    const address = await app.listen({ host: "127.0.0.1", port: 0 });
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    const head =
      "POST /v1/events/orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 990\r\n\r\n{";
    socket.write(head);
    await new Promise((resolve) => app.server.once("request", resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect((await post()).statusCode).toBe(503);
    socket.destroy();
    await until(async () => (await post()).statusCode === 200);
  });

  test("a budget is never overdrawn, and given back once", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 100 }), fc.boolean())), (asks) => {
        const budget = createBudget(150);
        const gives: (() => void)[] = [];
        for (const [bytes, back] of asks) {
          const give = budget.take(bytes);
          if (give) gives.push(give);
          if (back) gives[0]?.();
          expect(budget.held()).toBeLessThanOrEqual(150);
        }
        for (const give of gives) give();
        for (const give of gives) give();
        expect(budget.held()).toBe(0);
      }),
    );
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
